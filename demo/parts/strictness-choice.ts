import { html, nothing, type TemplateResult } from 'lit';
import { VERIFIER_DEFAULTS } from 'voiceprint-web';
import { falseAcceptWords } from 'voiceprint-web/widget';
import { store } from '../state/store.js';
import { percent } from '../state/words.js';

/** Which false-accept rate to decide at, of those that were measured. */
export function strictnessChoice(
  chosen: number | undefined,
  choose: (rate: number) => void,
): TemplateResult | typeof nothing {
  const thresholds = store.verifier?.model.thresholds ?? [];
  if (thresholds.length < 2) return nothing;
  const rates = thresholds.map(({ falseAcceptRate }) => falseAcceptRate).sort((a, b) => b - a);
  const usual = VERIFIER_DEFAULTS.falseAcceptRate;
  const current = chosen ?? (rates.includes(usual) ? usual : (rates[0] ?? usual));
  return html`<fieldset class="strictness" data-testid="strictness">
    <legend>Who else may pass</legend>
    ${rates.map(
      (rate) => html`<label title=${falseAcceptWords(rate)}>
        <input
          type="radio"
          name="rate"
          value=${rate}
          ?checked=${rate === current}
          @change=${() => choose(rate)}
        /><span>${percent(rate)}</span>
      </label>`,
    )}
    <p class="hint">${falseAcceptWords(current)}</p>
  </fieldset>`;
}
