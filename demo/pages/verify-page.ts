import { html, nothing, type TemplateResult } from 'lit';
import type { Verification } from 'voiceprint-web';
import '../parts/audio-source.js';
import '../parts/progress-bar.js';
import { decisionView } from '../parts/decision-view.js';
import { nobodyYet } from '../parts/nobody-yet.js';
import { strictnessChoice } from '../parts/strictness-choice.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import type { Utterance } from '../state/utterance.js';
import { errorWords } from '../state/words.js';

/** One to one: is this the voice of the person who is claimed? */
class VerifyPage extends StoreElement {
  #speaker: string | undefined;
  #rate: number | undefined;
  #busy = false;
  #result: Verification | undefined;
  #last: Utterance | undefined;
  #error = '';

  protected override render(): TemplateResult {
    const people = store.people.filter(({ comparable }) => comparable);
    const speaker = people.find((person) => person.speaker === this.#speaker) ?? people[0];
    return html`<section class="task">
      <h1 tabindex="-1">Is it really them?</h1>
      <p class="lead">One utterance against one voiceprint.</p>
      ${
        store.verifier && !speaker
          ? nobodyYet('Enroll somebody first, then speak again to be verified.')
          : html`
              <label class="field">
                <span>Claimed speaker</span>
                <select data-testid="verify-speaker" @change=${this.#choose}>
                  ${people.map(
                    (person) =>
                      html`<option ?selected=${person === speaker}>${person.speaker}</option>`,
                  )}
                </select>
              </label>
              ${strictnessChoice(this.#rate, this.#strictness)}
              <audio-source ?disabled=${this.#busy} stop-after="3" @utterances=${this.#take}></audio-source>
              ${this.#busy ? html`<progress-bar label="Comparing voices"></progress-bar>` : nothing}
              <p class="problem" role="alert" data-testid="verify-error">${this.#error}</p>
              ${this.#result ? decisionView(this.#result) : nothing}
            `
      }
    </section>`;
  }

  readonly #choose = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) this.#speaker = event.target.value;
    this.#result = undefined;
    this.#last = undefined;
    this.requestUpdate();
  };

  /** The same utterance is judged again, so that the effect of the choice is seen. */
  readonly #strictness = (rate: number): void => {
    this.#rate = rate;
    this.requestUpdate();
    if (this.#last) void this.#verify(this.#last);
  };

  readonly #take = ({ detail }: CustomEvent<readonly Utterance[]>): void => {
    const [utterance] = detail;
    if (utterance) void this.#verify(utterance);
  };

  async #verify(utterance: Utterance): Promise<void> {
    const people = store.people.filter(({ comparable }) => comparable);
    const speaker = this.#speaker ?? people[0]?.speaker;
    const { verifier } = store;
    if (!verifier || speaker === undefined) return;
    this.#busy = true;
    this.#error = '';
    this.#result = undefined;
    this.#last = utterance;
    store.show({ utterance, quality: undefined, timings: undefined });
    this.requestUpdate();
    try {
      const options = this.#rate === undefined ? {} : { falseAcceptRate: this.#rate };
      this.#result = await verifier.verify(speaker, utterance.input, options);
      const { quality, timings } = this.#result;
      store.show({ utterance, quality, timings });
    } catch (error) {
      this.#error = errorWords(error);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }
}

customElements.define('verify-page', VerifyPage);
