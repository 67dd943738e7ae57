import { html, type TemplateResult } from 'lit';
import { VERIFIER_DEFAULTS, type Verifier } from 'voiceprint-web';
import {
  chooseModel,
  chosenModel,
  type ModelCost,
  modelCosts,
  SHIPPED_MODELS,
} from '../state/shipped-model.js';
import { store } from '../state/store.js';
import { megabytes, percent } from '../state/words.js';

/** Which shipped model to load, and what either costs, as far as it was tried in this tab. */
export function modelChoice(verifier: Verifier): TemplateResult {
  const rate = VERIFIER_DEFAULTS.falseAcceptRate;
  const costs = modelCosts(verifier, store.analysis, rate);
  const chosen = chosenModel();
  return html`<fieldset class="model-choice" data-testid="model-choice">
    <legend>Model</legend>
    ${SHIPPED_MODELS.map(
      (name) => html`<label>
        <input
          type="radio"
          name="model"
          value=${name}
          ?checked=${name === chosen}
          @change=${() => chooseModel(name)}
        /><span><strong>${name}</strong> ${costWords(costs.get(name))}</span>
      </label>`,
    )}
    <p class="hint">
      Choosing loads the page again. Voiceprints of one model mean nothing to the other: people
      enroll once for each. Refused: honest attempts at a false-accept rate of ${percent(rate)}, on
      the list of trials that refuses most.
    </p>
  </fieldset>`;
}

function costWords(cost: ModelCost | undefined): string {
  if (cost === undefined) return 'not loaded in this tab yet';
  const { bytes, encoderShare, falseRejectRate } = cost;
  const parts = [megabytes(bytes)];
  if (encoderShare !== undefined)
    parts.push(`encoder ${percent(encoderShare)} of the speech’s time`);
  if (falseRejectRate !== undefined) parts.push(`refused ${percent(falseRejectRate)}`);
  return parts.join(' · ');
}
