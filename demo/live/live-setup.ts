import { html, nothing, type TemplateResult } from 'lit';
import type { StreamMode } from 'voiceprint-web';
import { strictnessChoice } from '../parts/strictness-choice.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { fromFile } from '../state/utterance.js';
import { clock, errorWords } from '../state/words.js';
import { type Pace, SAMPLE_RATE } from './file-player.js';
import type { LiveSettings, LiveSource } from './live-session.js';
import { sampleConversation } from './sample-conversation.js';
import { streamModes } from './stream-modes.js';
import { voiceColour } from './voice-colours.js';

type SourceKind = 'microphone' | 'example' | 'file';

const SOURCES: Readonly<Record<SourceKind, string>> = {
  microphone: 'Microphone',
  example: 'Example',
  file: 'File',
};
const PACES: Readonly<Record<Pace, string>> = { aloud: 'Aloud', silent: 'Silently', fast: 'Fast' };
const PACE_HINTS: Readonly<Record<Pace, string>> = {
  aloud: 'You hear what the stream hears.',
  silent: 'At real time, without sound.',
  fast: 'As fast as this device can, without sound.',
};
const MODES: Readonly<Record<StreamMode, string>> = { causal: 'Causal', window: 'Window' };
const MODE_HINTS: Readonly<Record<StreamMode, string>> = {
  causal: 'A streaming encoder hears every moment once.',
  window: 'The offline encoder runs again over the last seconds.',
};

/**
 * What to listen for and to.
 *
 * @fires start - detail is {@link LiveSettings}
 */
class LiveSetup extends StoreElement {
  static override properties = { running: { type: Boolean } };
  declare running: boolean;

  readonly #left = new Set<string>();
  #source: SourceKind = 'microphone';
  #file: { readonly name: string; readonly samples: Float32Array } | undefined;
  #pace: Pace = 'aloud';
  #rate: number | undefined;
  #mode: StreamMode | undefined;
  #error = '';
  #dragging = false;

  constructor() {
    super();
    this.running = false;
  }

  /** Chooses the example conversation, as after its voices were enrolled. */
  chooseExample(): void {
    this.#source = 'example';
    this.requestUpdate();
  }

  protected override updated(): void {
    for (const swatch of this.querySelectorAll<HTMLElement>('[data-colour]')) {
      swatch.style.setProperty('--colour', `var(${swatch.dataset.colour})`);
    }
  }

  protected override render(): TemplateResult {
    const modes = streamModes(store.verifier);
    return html`<form
      class="setup ${this.#dragging ? 'dragging' : ''}"
      data-testid="live-setup"
      @submit=${this.#start}
      @dragover=${this.#dragOver}
      @dragleave=${this.#dragLeave}
      @drop=${this.#drop}
    >
      <fieldset class="settings" ?disabled=${this.running}>
        <legend class="visually-hidden">What to listen for</legend>
        ${this.#peopleView()}
        ${this.#choice('source', 'Listen to', SOURCES, this.#source, (kind) => {
          this.#source = kind;
        })}
        ${this.#source === 'file' ? this.#fileView() : nothing}
        ${
          this.#source === 'example'
            ? html`<p class="hint">Ada, then Ben, then Cal, whom nobody enrolled. Synthesized.</p>`
            : nothing
        }
        ${
          this.#source === 'microphone'
            ? html`<p class="hint">Nothing is recorded; what was heard is compared and thrown away.</p>`
            : html`${this.#choice('pace', 'Play it', PACES, this.#pace, (pace) => {
                this.#pace = pace;
              })}
                <p class="hint">${PACE_HINTS[this.#pace]}</p>`
        }
        ${strictnessChoice(this.#rate, (rate) => {
          this.#rate = rate;
          this.requestUpdate();
        })}
        ${modes.length > 1 ? this.#modeView(modes) : nothing}
      </fieldset>
      <p class="problem" role="alert" data-testid="setup-error">${this.#error}</p>
      ${
        this.running
          ? html`<p class="hint">Stop listening to change these.</p>`
          : html`<button
              class="button primary wide"
              data-testid="live-start"
              ?disabled=${!store.verifier || (this.#source === 'file' && !this.#file)}
            >
              ${this.#source === 'microphone' ? 'Start listening' : 'Play and listen'}
            </button>`
      }
    </form>`;
  }

  #peopleView(): TemplateResult {
    const people = store.people.filter(({ comparable }) => comparable);
    return html`<fieldset class="chips" data-testid="live-speakers">
      <legend>Listen for</legend>
      ${people.map(
        ({ speaker }, place) => html`<label>
          <input
            type="checkbox"
            value=${speaker}
            .checked=${!this.#left.has(speaker)}
            @change=${() => this.#toggle(speaker)}
          /><span><i data-colour=${voiceColour(place)}></i>${speaker}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  #modeView(modes: readonly StreamMode[]): TemplateResult {
    const mode = this.#mode ?? modes[0] ?? 'window';
    const offered: Partial<Record<StreamMode, string>> = {};
    for (const name of modes) offered[name] = MODES[name];
    return html`${this.#choice<StreamMode>('mode', 'Encoder', offered, mode, (chosen) => {
      this.#mode = chosen;
    })}
      <p class="hint">${MODE_HINTS[mode]}</p>`;
  }

  #choice<Name extends string>(
    group: string,
    legend: string,
    names: Readonly<Partial<Record<Name, string>>>,
    chosen: Name,
    choose: (name: Name) => void,
  ): TemplateResult {
    const list = Object.keys(names).filter((name): name is Name => name in names);
    return html`<fieldset class="chips" data-testid="live-${group}">
      <legend>${legend}</legend>
      ${list.map(
        (name) => html`<label>
          <input
            type="radio"
            name=${group}
            value=${name}
            .checked=${name === chosen}
            @change=${() => {
              choose(name);
              this.#error = '';
              this.requestUpdate();
            }}
          /><span>${names[name]}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  #fileView(): TemplateResult {
    const file = this.#file;
    return html`<label class="button ${this.running ? 'blocked' : ''}">
        ${file ? 'Choose another file' : 'Choose a file'}
        <input
          type="file"
          class="visually-hidden"
          data-testid="live-file"
          accept="audio/*,video/webm,.wav,.flac,.ogg,.opus"
          @change=${this.#choose}
        />
      </label>
      <p class="hint" data-testid="live-file-name">
        ${file ? `${file.name}, ${clock(file.samples.length / SAMPLE_RATE)}` : 'Or drop one here.'}
      </p>`;
  }

  #toggle(speaker: string): void {
    if (!this.#left.delete(speaker)) this.#left.add(speaker);
    this.#error = '';
    this.requestUpdate();
  }

  readonly #start = async (event: Event): Promise<void> => {
    event.preventDefault();
    const speakers = store.people
      .filter(({ comparable, speaker }) => comparable && !this.#left.has(speaker))
      .map(({ speaker }) => speaker);
    if (speakers.length === 0) {
      this.#error = 'Choose somebody to listen for.';
      this.requestUpdate();
      return;
    }
    try {
      const detail: LiveSettings = {
        speakers,
        mode: this.#mode,
        falseAcceptRate: this.#rate,
        source: await this.#openSource(),
      };
      this.dispatchEvent(new CustomEvent('start', { detail }));
    } catch (error) {
      this.#error = errorWords(error);
    }
    this.requestUpdate();
  };

  async #openSource(): Promise<LiveSource> {
    if (this.#source === 'microphone') return { kind: 'microphone' };
    const file =
      this.#source === 'example'
        ? { name: 'Example conversation', samples: await sampleConversation() }
        : this.#file;
    if (!file) throw new Error('Choose a file to listen to.');
    return { kind: 'file', ...file, pace: this.#pace };
  }

  readonly #choose = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    void this.#take(event.target.files?.[0]);
    event.target.value = '';
  };

  readonly #dragOver = (event: DragEvent): void => {
    event.preventDefault();
    this.#drag(true);
  };

  readonly #dragLeave = (): void => this.#drag(false);

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    this.#drag(false);
    if (!this.running) void this.#take(event.dataTransfer?.files[0]);
  };

  #drag(dragging: boolean): void {
    this.#dragging = dragging && !this.running;
    this.requestUpdate();
  }

  async #take(file: File | undefined): Promise<void> {
    if (!file) return;
    const { samples } = await fromFile(file, file.name);
    this.#source = 'file';
    if (samples && samples.length > 0) {
      this.#file = { name: file.name, samples };
      this.#error = '';
    } else this.#error = `Your browser cannot read ${file.name} as audio.`;
    this.requestUpdate();
  }
}

customElements.define('live-setup', LiveSetup);

declare global {
  interface HTMLElementTagNameMap {
    'live-setup': LiveSetup;
  }
}
