import { html, type PropertyValues, type TemplateResult } from 'lit';
import type { SpeechSegment } from 'voiceprint-web';
import { LightElement } from '../state/light-element.js';

const HEIGHT = 96;
/** Samples looked at per column at most: drawing a minute costs no more than drawing a second. */
const SAMPLES_PER_COLUMN = 64;

/** A waveform with its speech highlighted. A canvas of 60 lines serves; a player is not needed. */
class WaveformView extends LightElement {
  static override properties = {
    samples: { attribute: false },
    segments: { attribute: false },
  };
  declare samples: Float32Array | undefined;
  declare segments: readonly SpeechSegment[];

  #resize: ResizeObserver | undefined;
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  #theme: MutationObserver | undefined;
  readonly #draw = (): void => this.#paint();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(this.#draw);
    this.#resize.observe(this);
    this.#theme = new MutationObserver(this.#draw);
    this.#theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.#scheme.addEventListener('change', this.#draw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    this.#theme?.disconnect();
    this.#scheme.removeEventListener('change', this.#draw);
  }

  protected override render(): TemplateResult {
    return html`<canvas
      height=${HEIGHT}
      role="img"
      aria-label="Waveform, ${this.segments.length} stretches of speech"
      data-testid="waveform"
    ></canvas>`;
  }

  protected override updated(_changed: PropertyValues): void {
    this.#paint();
  }

  #paint(): void {
    const canvas = this.querySelector('canvas');
    const context = canvas?.getContext('2d');
    const { samples } = this;
    if (!canvas || !context || !samples || samples.length === 0) return;
    const ratio = Math.min(2, devicePixelRatio);
    const width = this.clientWidth;
    if (width === 0) return;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    const colour = getComputedStyle(this);
    const seconds = samples.length / 16000;

    context.fillStyle = colour.getPropertyValue('background-color');
    for (const { start, end } of this.segments) {
      context.fillRect((start / seconds) * width, 0, ((end - start) / seconds) * width, HEIGHT);
    }
    const columns = Math.floor(width / 3);
    for (let column = 0; column < columns; column++) {
      const from = Math.floor((column / columns) * samples.length);
      const to = Math.floor(((column + 1) / columns) * samples.length);
      const time = (from / samples.length) * seconds;
      const speech = this.segments.some(({ start, end }) => time >= start && time < end);
      context.fillStyle = colour.getPropertyValue(speech ? 'color' : 'caret-color');
      const height = Math.max(2, peak(samples, from, to) * HEIGHT * 0.92);
      context.fillRect(column * 3, (HEIGHT - height) / 2, 2, height);
    }
  }
}

function peak(samples: Float32Array, from: number, to: number): number {
  const step = Math.max(1, Math.floor((to - from) / SAMPLES_PER_COLUMN));
  let largest = 0;
  for (let n = from; n < to; n += step) largest = Math.max(largest, Math.abs(samples[n] ?? 0));
  return Math.min(1, largest);
}

customElements.define('waveform-view', WaveformView);
