import { html, type PropertyValues, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';
import { score as scoreWords } from '../state/words.js';

const START = -0.2;
const share = (value: number): number => Math.min(1, Math.max(0, (value - START) / (1 - START)));

/** A score on the line of cosines, against the threshold. */
class ScoreAxis extends LightElement {
  static override properties = { score: { type: Number }, threshold: { type: Number } };
  declare score: number;
  declare threshold: number;

  protected override updated(_changed: PropertyValues): void {
    this.style.setProperty('--score', String(share(this.score)));
    this.style.setProperty('--threshold', String(share(this.threshold)));
  }

  protected override render(): TemplateResult {
    const { score, threshold } = this;
    const accepted = score >= threshold;
    const words = `Score ${scoreWords(score)}, threshold ${scoreWords(threshold)}`;
    return html`<div
      class="score-axis ${accepted ? 'accepted' : 'rejected'}"
      role="img"
      aria-label=${words}
      data-testid="axis"
    >
      <div class="track"></div>
      <div class="threshold ${share(threshold) > 0.7 ? 'left' : ''}">
        <span>threshold ${scoreWords(threshold)}</span>
      </div>
      <div class="mark ${share(score) < 0.05 ? 'low' : ''}"><span>${scoreWords(score)}</span></div>
      <div class="ends"><span>different voices</span><span>same voice</span></div>
    </div>`;
  }
}

customElements.define('score-axis', ScoreAxis);
