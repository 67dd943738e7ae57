import { html, type PropertyValues, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';
import type { Picture, PictureRequest } from './log-mel.worker.js';

/** Seconds drawn at most. */
const LONGEST = 20;

// One worker for the life of the page, started with it: later it would be a request after load.
const worker = new Worker(new URL('./log-mel.worker.ts', import.meta.url), { type: 'module' });
let asked = 0;

/** The log-mel features that the encoder sees, computed and coloured in a worker. */
class LogMelView extends LightElement {
  static override properties = { samples: { attribute: false } };
  declare samples: Float32Array | undefined;

  #awaited = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    worker.addEventListener('message', this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    worker.removeEventListener('message', this.#show);
  }

  protected override render(): TemplateResult {
    return html`<canvas
      role="img"
      aria-label="Log-mel picture: time from left to right, pitch from bottom to top"
      data-testid="log-mel"
    ></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('samples') || !this.samples) return;
    asked += 1;
    this.#awaited = asked;
    const samples = this.samples.slice(0, LONGEST * 16000);
    const request: PictureRequest = { id: asked, samples };
    worker.postMessage(request, [samples.buffer]);
  }

  readonly #show = ({ data }: MessageEvent<Picture>): void => {
    const canvas = this.querySelector('canvas');
    if (!canvas || data.id !== this.#awaited) return;
    canvas.width = data.width;
    canvas.height = data.height;
    const picture = new ImageData(data.pixels, data.width, data.height);
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
  };
}

customElements.define('log-mel-view', LogMelView);
