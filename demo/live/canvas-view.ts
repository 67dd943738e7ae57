import { LightElement } from '../state/light-element.js';
import { type Palette, readPalette } from './voice-colours.js';

/**
 * A component that draws into one canvas of its own: kept sharp on every screen and in the colours
 * of the theme. Subclasses render a `canvas` and draw in {@link paint}.
 */
export abstract class CanvasView extends LightElement {
  #resize: ResizeObserver | undefined;
  #theme: MutationObserver | undefined;
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  #canvas: HTMLCanvasElement | undefined;
  #context: CanvasRenderingContext2D | undefined;
  #frame: number | undefined;
  #palette: Palette | undefined;
  #width = 0;
  #height = 0;

  readonly #paint = (): void => {
    this.#frame = undefined;
    const context = this.#context;
    if (!context || !this.isConnected || this.#width === 0 || this.#height === 0) return;
    this.#palette ??= readPalette(this);
    context.clearRect(0, 0, this.#width, this.#height);
    this.paint(context, this.#palette, this.#width, this.#height);
  };

  readonly #fit = (): void => {
    const canvas = this.#canvas;
    if (!canvas) return;
    const ratio = Math.min(2, devicePixelRatio);
    this.#width = canvas.clientWidth;
    this.#height = canvas.clientHeight;
    canvas.width = Math.round(this.#width * ratio);
    canvas.height = Math.round(this.#height * ratio);
    this.#context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.requestPaint();
  };

  readonly #recolour = (): void => {
    this.#palette = undefined;
    this.requestPaint();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#theme = new MutationObserver(this.#recolour);
    this.#theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.#scheme.addEventListener('change', this.#recolour);
    this.#resize = new ResizeObserver(this.#fit);
    if (this.#canvas) this.#resize.observe(this.#canvas);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    this.#theme?.disconnect();
    this.#scheme.removeEventListener('change', this.#recolour);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  /** Draws at the next frame, however often it is called until then. */
  requestPaint(): void {
    this.#frame ??= requestAnimationFrame(this.#paint);
  }

  protected override firstUpdated(): void {
    this.#canvas = this.querySelector('canvas') ?? undefined;
    this.#context = this.#canvas?.getContext('2d') ?? undefined;
    if (this.#canvas) this.#resize?.observe(this.#canvas);
  }

  /** Width of the drawing in CSS pixels. */
  protected get drawnWidth(): number {
    return this.#width;
  }

  protected abstract paint(
    context: CanvasRenderingContext2D,
    palette: Palette,
    width: number,
    height: number,
  ): void;
}
