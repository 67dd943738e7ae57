import { html, type TemplateResult } from 'lit';
import { scoreRange, type Verification } from 'voiceprint-web';
import { ENGLISH, falseAcceptWords } from 'voiceprint-web/widget';
import './score-axis.js';
import { store } from '../state/store.js';
import { evidence, score } from '../state/words.js';

/** The outcome of a verification: verdict, axis, odds. */
export function decisionView(result: Verification): TemplateResult {
  const { accepted, speaker, falseAcceptRate } = result;
  return html`<div
    class="decision ${accepted ? 'accepted' : 'rejected'}"
    role="status"
    data-testid="decision"
    data-accepted=${accepted}
    data-score=${result.score}
    data-threshold=${result.threshold}
  >
    <p class="verdict">${accepted ? `Matches ${speaker}` : `Does not match ${speaker}`}</p>
    <score-axis
      .score=${result.score}
      .threshold=${result.threshold}
      .range=${scoreRange(store.verifier?.model)}
    ></score-axis>
    <p>
      ${
        falseAcceptRate === undefined
          ? ''
          : `At ${score(result.threshold)}, ${falseAcceptWords(falseAcceptRate)} would pass too. `
      }${evidence(result.llr)}
    </p>
    ${result.quality.reasons.map((reason) => html`<p class="advice">${ENGLISH.reasons[reason]}</p>`)}
  </div>`;
}
