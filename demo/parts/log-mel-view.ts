import { html, type PropertyValues, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';
import type { LogMelAnswer } from './log-mel.worker.js';
import { nextRequestId, onLogMel, requestLogMel } from './log-mel-client.js';

/** Seconds drawn at most. */
const LONGEST = 20;

/** The log-mel features that the encoder sees, computed and coloured in a worker. */
class LogMelView extends LightElement {
  static override properties = { samples: { attribute: false } };
  declare samples: Float32Array | undefined;

  #awaited = 0;
  #deafen: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#deafen = onLogMel(this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#deafen?.();
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
    this.#awaited = nextRequestId();
    const samples = this.samples.slice(0, LONGEST * 16000);
    requestLogMel({ kind: 'picture', id: this.#awaited, samples });
  }

  readonly #show = (data: LogMelAnswer): void => {
    const canvas = this.querySelector('canvas');
    if (!canvas || data.id !== this.#awaited) return;
    canvas.width = data.width;
    canvas.height = data.height;
    const picture = new ImageData(data.pixels, data.width, data.height);
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
  };
}

customElements.define('log-mel-view', LogMelView);
