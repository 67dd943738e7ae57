import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';

/** A bar from 0 to 1; it sweeps while `done` is undefined. */
class ProgressBar extends LightElement {
  static override properties = { done: { type: Number }, label: { type: String } };
  declare done: number | undefined;
  declare label: string;

  protected override updated(_changed: PropertyValues): void {
    this.style.setProperty('--share', String(Math.min(1, Math.max(0, this.done ?? 0))));
  }

  protected override render(): TemplateResult {
    const { done } = this;
    return html`<div
      class="bar ${done === undefined ? 'unknown' : ''}"
      role="progressbar"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${done === undefined ? nothing : Math.round(done * 100)}
    >
      <div class="fill"></div>
    </div>`;
  }
}

customElements.define('progress-bar', ProgressBar);
