import { html, type PropertyValues, type TemplateResult } from 'lit';
import { scoreRange } from 'voiceprint-web';
import { LightElement } from '../state/light-element.js';
import { axisShare, score as scoreWords } from '../state/words.js';

/** A score on the line of scores that the model in use may give, against the threshold. */
class ScoreAxis extends LightElement {
  static override properties = {
    score: { type: Number },
    threshold: { type: Number },
    range: { attribute: false },
  };
  declare score: number;
  declare threshold: number;
  /** Both ends of the line. */
  declare range: readonly [number, number];

  constructor() {
    super();
    this.range = scoreRange(undefined);
  }

  protected override updated(_changed: PropertyValues): void {
    this.style.setProperty('--score', String(this.#share(this.score)));
    this.style.setProperty('--threshold', String(this.#share(this.threshold)));
  }

  #share(score: number): number {
    return axisShare(score, this.range);
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
      <div class="threshold ${this.#share(threshold) > 0.7 ? 'left' : ''}">
        <span>threshold ${scoreWords(threshold)}</span>
      </div>
      <div class="mark ${this.#share(score) < 0.05 ? 'low' : ''}"><span>${scoreWords(score)}</span></div>
      <div class="ends"><span>different voices</span><span>same voice</span></div>
    </div>`;
  }
}

customElements.define('score-axis', ScoreAxis);
