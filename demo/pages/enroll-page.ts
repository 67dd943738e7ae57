import { html, nothing, type TemplateResult } from 'lit';
import type { Enrollment, QualityReport } from 'voiceprint-web';
import { ENGLISH } from 'voiceprint-web/widget';
import '../parts/audio-source.js';
import '../parts/progress-bar.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import type { Utterance } from '../state/utterance.js';
import { errorWords, plural, seconds } from '../state/words.js';

interface Item {
  readonly utterance: Utterance;
  quality?: QualityReport;
  problem?: string;
}

/** Collects utterances, says what each is worth, and makes a voiceprint of them. */
class EnrollPage extends StoreElement {
  #name = '';
  /** Whether the visitor typed it; else it follows the example voice. */
  #typed = false;
  #items: Item[] = [];
  #progress: number | undefined;
  #done: Enrollment | undefined;
  #error = '';

  protected override render(): TemplateResult {
    const busy = this.#progress !== undefined;
    const usable = this.#items.filter(({ quality }) => quality?.usable);
    const spoken = usable.reduce((sum, { quality }) => sum + (quality?.speechSeconds ?? 0), 0);
    const wanted = store.verifier?.model.recommendedSeconds ?? 8;
    return html`<section class="task">
      <h1 tabindex="-1">Enroll a voice</h1>
      <p class="lead">Two or three utterances make a steadier voiceprint than one.</p>
      <label class="field">
        <span>Name</span>
        <input
          type="text"
          autocomplete="off"
          maxlength="60"
          placeholder="Ada"
          data-testid="enroll-name"
          .value=${this.#name}
          ?disabled=${busy}
          @input=${this.#rename}
        />
      </label>
      <audio-source
        multiple
        ?disabled=${busy}
        .stopAfter=${Math.max(3, wanted / 2)}
        @utterances=${this.#add}
      ></audio-source>
      ${
        this.#items.length > 0
          ? html`<ul class="utterances" data-testid="utterances">
                ${this.#items.map((item) => this.#itemView(item, busy))}
              </ul>
              <div class="collected">
                <p>
                  <strong>${seconds(spoken)}</strong> of speech, ${seconds(wanted)} recommended
                </p>
                <progress-bar .done=${Math.min(1, spoken / wanted)} label="Speech collected"></progress-bar>
              </div>`
          : nothing
      }
      <button
        type="button"
        class="button primary wide"
        data-testid="enroll"
        ?disabled=${busy || !this.#name.trim() || usable.length === 0}
        @click=${this.#enroll}
      >
        ${this.#buttonWords(usable.length)}
      </button>
      ${busy ? html`<progress-bar .done=${this.#progress} label="Enrolling"></progress-bar>` : nothing}
      <p class="problem" role="alert" data-testid="enroll-error">${this.#error}</p>
      ${this.#done ? this.#doneView(this.#done) : nothing}
      <p class="hint">
        A voiceprint is kept encrypted in this browser. Recordings are not kept. Delete it under
        <a href="#/people">People</a>.
      </p>
    </section>`;
  }

  #buttonWords(usable: number): string {
    if (this.#progress !== undefined) return 'Making the voiceprint';
    if (!this.#name.trim()) return 'Give a name to enroll';
    if (usable === 0) return 'Add speech to enroll';
    return `Enroll ${this.#name.trim()} with ${plural(usable, 'utterance')}`;
  }

  #itemView(item: Item, busy: boolean): TemplateResult {
    const { utterance, quality, problem } = item;
    const state = problem ? 'bad' : !quality ? 'pending' : quality.usable ? 'good' : 'bad';
    const advice = quality?.reasons.map((reason) => ENGLISH.reasons[reason]).join(' ');
    return html`<li class=${state} data-testid="utterance" data-usable=${quality?.usable ?? ''}>
      <button type="button" class="show" @click=${() => this.#show(item)}>
        <strong>${utterance.name}</strong>
        <span>
          ${problem ?? (quality ? `${seconds(quality.speechSeconds)} of speech. ${advice || 'Sounds good.'}` : 'Listening to it')}
        </span>
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Remove ${utterance.name}"
        ?disabled=${busy}
        @click=${() => this.#remove(item)}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="m7 7 10 10m0-10L7 17" /></svg>
      </button>
    </li>`;
  }

  #doneView(done: Enrollment): TemplateResult {
    return html`<div class="decision accepted" role="status" data-testid="enrolled">
      <p class="verdict">${done.speaker} is enrolled</p>
      <p>
        ${plural(done.utterances, 'utterance')}, ${seconds(done.speechSeconds)} of speech.
        ${
          done.completeness < 1
            ? 'A little more speech makes checks more reliable.'
            : 'That is as much as the model recommends.'
        }
      </p>
      <a class="button" href="#/verify">Verify ${done.speaker}</a>
    </div>`;
  }

  readonly #rename = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.#name = event.target.value;
    this.#typed = this.#name.trim() !== '';
    this.requestUpdate();
  };

  readonly #add = async (event: CustomEvent<readonly Utterance[]>): Promise<void> => {
    this.#done = undefined;
    this.#error = '';
    if (!this.#typed) this.#name = event.detail[0]?.speaker ?? this.#name;
    const items: Item[] = event.detail.map((utterance) => ({ utterance }));
    this.#items = [...this.#items, ...items];
    this.requestUpdate();
    for (const item of items) {
      try {
        const quality = await store.verifier?.inspect(item.utterance.input);
        if (quality) item.quality = quality;
      } catch (error) {
        item.problem = errorWords(error);
      }
      this.#show(item);
      this.requestUpdate();
    }
  };

  #show({ utterance, quality }: Item): void {
    store.show({ utterance, quality, timings: undefined });
  }

  #remove(item: Item): void {
    this.#items = this.#items.filter((other) => other !== item);
    this.requestUpdate();
  }

  readonly #enroll = async (): Promise<void> => {
    const { verifier } = store;
    if (!verifier) return;
    const usable = this.#items.filter(({ quality }) => quality?.usable);
    this.#error = '';
    this.#progress = 0;
    this.requestUpdate();
    try {
      const inputs = usable.map(({ utterance }) => utterance.input);
      this.#done = await verifier.enroll(this.#name.trim(), inputs, {
        onProgress: (done) => {
          this.#progress = done;
          this.requestUpdate();
        },
      });
      const last = usable.at(-1);
      if (last) {
        const { utterance, quality } = last;
        store.show({ utterance, quality, timings: this.#done.timings });
      }
      this.#items = [];
      this.#name = '';
      this.#typed = false;
      await store.refreshPeople();
    } catch (error) {
      this.#error = errorWords(error);
    } finally {
      this.#progress = undefined;
      this.requestUpdate();
    }
  };
}

customElements.define('enroll-page', EnrollPage);
