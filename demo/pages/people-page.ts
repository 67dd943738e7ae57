import { html, nothing, type TemplateResult } from 'lit';
import { type EnrolledSpeaker, VoiceprintError } from 'voiceprint-web';
import { nobodyYet } from '../parts/nobody-yet.js';
import { saveFile } from '../state/save-file.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { errorWords, plural, seconds } from '../state/words.js';

const DATE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** Who is enrolled on this device; deleting, taking along, bringing back. */
class PeoplePage extends StoreElement {
  #asking: string | undefined;
  #askingAll = false;
  #passphrase = '';
  #message = '';
  #error = '';

  protected override render(): TemplateResult {
    const { people } = store;
    return html`<section class="task">
      <h1 tabindex="-1">People</h1>
      <p class="lead">Voiceprints on this device, encrypted: other sites cannot read them, whoever can read the browser’s profile can.</p>
      ${
        people.length === 0
          ? nobodyYet('Voiceprints that you make or import are listed here.')
          : html`<ul class="people" data-testid="people">
                ${people.map((person) => this.#personView(person))}
              </ul>
              ${this.#allView()}`
      }
      ${this.#portView(people.length > 0)}
      <p class="problem" role="alert" data-testid="people-error">${this.#error}</p>
      <p class="success" role="status" data-testid="people-message">${this.#message}</p>
    </section>`;
  }

  #personView(person: EnrolledSpeaker): TemplateResult {
    const { speaker } = person;
    return html`<li data-testid="person" data-speaker=${speaker}>
      <span class="avatar" aria-hidden="true">${[...speaker][0] ?? ''}</span>
      <div>
        <strong>${speaker}</strong>
        <span>
          ${plural(person.utterances, 'utterance')}, ${seconds(person.speechSeconds)} of speech,
          ${DATE.format(new Date(person.updatedAt))}
        </span>
        ${
          person.comparable
            ? nothing
            : html`<span class="advice">Made with ${person.modelName}: enroll again to compare.</span>`
        }
      </div>
      ${
        this.#asking === speaker
          ? html`<button type="button" class="button small danger" data-testid="delete-yes" @click=${() => this.#remove(speaker)}>
                Delete
              </button>
              <button type="button" class="button small" @click=${() => this.#ask(undefined)}>Keep</button>`
          : html`<button
              type="button"
              class="button small"
              data-testid="delete"
              aria-label="Delete ${speaker}"
              @click=${() => this.#ask(speaker)}
            >
              Delete
            </button>`
      }
    </li>`;
  }

  #allView(): TemplateResult {
    return html`<div class="row">
      ${
        this.#askingAll
          ? html`<span>Delete every voiceprint and the key?</span>
              <button type="button" class="button small danger" data-testid="delete-all-yes" @click=${this.#removeAll}>
                Delete all
              </button>
              <button type="button" class="button small" @click=${() => this.#askAll(false)}>Keep</button>`
          : html`<button type="button" class="button small" data-testid="delete-all" @click=${() => this.#askAll(true)}>
              Delete all
            </button>`
      }
    </div>`;
  }

  #portView(some: boolean): TemplateResult {
    return html`<div class="port">
      <h2>Take them along</h2>
      <p class="hint">
        One file, encrypted under a passphrase that only you know. Without it, nobody can read the
        file, you included.
      </p>
      <form @submit=${(event: Event) => event.preventDefault()}>
        <input type="text" autocomplete="username" value="voiceprints" readonly hidden />
        <label class="field">
          <span>Passphrase</span>
          <input
            type="password"
            autocomplete="new-password"
            data-testid="passphrase"
            .value=${this.#passphrase}
            @input=${this.#type}
          />
        </label>
        <div class="row">
          <button
            type="button"
            class="button"
            data-testid="export"
            ?disabled=${!some || !this.#passphrase}
            @click=${this.#export}
          >
            Export
          </button>
          <label class="button ${this.#passphrase ? '' : 'blocked'}">
            Import
            <input
              type="file"
              class="visually-hidden"
              data-testid="import"
              ?disabled=${!this.#passphrase}
              @change=${this.#import}
            />
          </label>
        </div>
      </form>
    </div>`;
  }

  #ask(speaker: string | undefined): void {
    this.#asking = speaker;
    this.requestUpdate();
  }

  #askAll(asking: boolean): void {
    this.#askingAll = asking;
    this.requestUpdate();
  }

  readonly #type = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.#passphrase = event.target.value;
    this.requestUpdate();
  };

  #remove(speaker: string): Promise<void> {
    return this.#try(async () => {
      await store.verifier?.remove(speaker);
      this.#asking = undefined;
      return `${speaker} was deleted.`;
    });
  }

  readonly #removeAll = (): Promise<void> =>
    this.#try(async () => {
      await store.verifier?.removeAll();
      this.#askingAll = false;
      return 'Every voiceprint and the key were deleted.';
    });

  readonly #export = (): Promise<void> =>
    this.#try(async () => {
      const file = await store.verifier?.export(this.#passphrase);
      if (!file) return '';
      saveFile(file, 'voiceprints.vpw');
      return 'The file is in your downloads.';
    });

  readonly #import = (event: Event): Promise<void> =>
    this.#try(async () => {
      if (!(event.target instanceof HTMLInputElement)) return '';
      const [file] = event.target.files ?? [];
      event.target.value = '';
      if (!file) return '';
      const names = (await store.verifier?.import(file, this.#passphrase).catch(unreadable)) ?? [];
      return names.length > 0 ? `Imported ${names.join(', ')}.` : 'The file holds nobody.';
    });

  async #try(action: () => Promise<string>): Promise<void> {
    this.#error = '';
    this.#message = '';
    try {
      this.#message = await action();
      await store.refreshPeople();
    } catch (error) {
      this.#error = errorWords(error);
    }
    this.requestUpdate();
  }
}

/** Decryption cannot tell a wrong passphrase from a changed file. */
function unreadable(cause: unknown): never {
  if (!(cause instanceof VoiceprintError) || cause.code !== 'vault/damaged') throw cause;
  throw new Error('The passphrase is another one, or the file was changed.', { cause });
}

customElements.define('people-page', PeoplePage);
