import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { type Candidate, type Identification, scoreRange } from 'voiceprint-web';
import '../parts/audio-source.js';
import '../parts/progress-bar.js';
import { falseAcceptWords } from 'voiceprint-web/widget';
import { nobodyYet } from '../parts/nobody-yet.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import type { Utterance } from '../state/utterance.js';
import { axisShare, errorWords, evidence, percent, plural, score } from '../state/words.js';

/** One among many, open set: it may be nobody who is enrolled. */
class IdentifyPage extends StoreElement {
  #busy = false;
  #result: Identification | undefined;
  #error = '';

  protected override updated(_changed: PropertyValues): void {
    for (const bar of this.querySelectorAll<HTMLElement>('[data-width]')) {
      bar.style.setProperty('--width', bar.dataset.width ?? '0');
    }
  }

  protected override render(): TemplateResult {
    return html`<section class="task">
      <h1 tabindex="-1">Who is speaking?</h1>
      <p class="lead">
        One utterance against ${store.people.length === 0 ? 'everybody' : plural(store.people.length, 'voiceprint')}.
        The answer may be nobody.
      </p>
      ${
        store.verifier && store.people.length === 0
          ? nobodyYet('Enroll two or three people, then let one of them, or a stranger, speak.')
          : html`
              <audio-source ?disabled=${this.#busy} stop-after="3" @utterances=${this.#take}></audio-source>
              ${this.#busy ? html`<progress-bar label="Comparing voices"></progress-bar>` : nothing}
              <p class="problem" role="alert" data-testid="identify-error">${this.#error}</p>
              ${this.#result ? this.#resultView(this.#result) : nothing}
            `
      }
    </section>`;
  }

  #resultView(result: Identification): TemplateResult {
    const { speaker, candidates, falseAcceptRate } = result;
    return html`<div
      class="decision ${speaker === undefined ? 'rejected' : 'accepted'}"
      role="status"
      data-testid="identified"
      data-speaker=${speaker ?? ''}
    >
      <p class="verdict">${speaker === undefined ? 'Nobody who is enrolled' : `Sounds like ${speaker}`}</p>
      <ol class="ranking">
        ${candidates.map((candidate) => candidateView(candidate, candidate.speaker === speaker))}
      </ol>
      <p>
        ${result.nobody === undefined ? '' : `Somebody else: ${percent(result.nobody)}. `}
        ${
          falseAcceptRate === undefined
            ? ''
            : `Among all who are enrolled together, ${falseAcceptWords(falseAcceptRate)} would pass. `
        }
        ${evidence(candidates[0]?.llr)}
      </p>
    </div>`;
  }

  readonly #take = async ({ detail }: CustomEvent<readonly Utterance[]>): Promise<void> => {
    const [utterance] = detail;
    const { verifier } = store;
    if (!utterance || !verifier) return;
    this.#busy = true;
    this.#error = '';
    this.#result = undefined;
    store.show({ utterance, quality: undefined, timings: undefined });
    this.requestUpdate();
    try {
      this.#result = await verifier.identify(utterance.input);
      const { quality, timings } = this.#result;
      store.show({ utterance, quality, timings });
    } catch (error) {
      this.#error = errorWords(error);
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  };
}

function candidateView(
  { speaker, score: value, posterior }: Candidate,
  named: boolean,
): TemplateResult {
  const range = scoreRange(store.verifier?.model);
  return html`<li class=${named ? 'accepted' : ''} data-testid="candidate">
    <span class="name">${speaker}</span>
    <span class="number">${score(value)}${posterior === undefined ? '' : ` · ${percent(posterior)}`}</span>
    <i data-width=${axisShare(value, range)}></i>
  </li>`;
}

customElements.define('identify-page', IdentifyPage);
