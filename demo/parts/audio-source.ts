import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { RecordingProgress, RecordingSession } from 'voiceprint-web';
import { type ExampleVoice, exampleVoices } from '../state/example-voices.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { fromFile, fromRecording, type Utterance } from '../state/utterance.js';
import { errorWords, seconds } from '../state/words.js';

/** Levels shown while recording: about three seconds. */
const BARS = 64;

/**
 * The ways in for audio: microphone, files (chosen or dropped) and the example voices.
 *
 * @fires utterances - detail is a list of {@link Utterance}
 */
export class AudioSource extends StoreElement {
  static override properties = {
    multiple: { type: Boolean },
    disabled: { type: Boolean },
    stopAfter: { type: Number, attribute: 'stop-after' },
  };
  /** Whether several files may be chosen at once. */
  declare multiple: boolean;
  declare disabled: boolean;
  /** Seconds of speech after which a recording ends by itself. */
  declare stopAfter: number;

  #recording: RecordingSession | undefined;
  #starting = false;
  #progress: RecordingProgress | undefined;
  #levels: number[] = [];
  #error = '';
  #dragging = false;
  #voices: readonly ExampleVoice[] = [];
  #taken = 0;

  constructor() {
    super();
    this.multiple = false;
    this.disabled = false;
    this.stopAfter = 4;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    exampleVoices().then(
      (voices) => {
        this.#voices = voices;
        this.requestUpdate();
      },
      () => {},
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#recording?.cancel();
    this.#recording = undefined;
  }

  protected override updated(_changed: PropertyValues): void {
    const bars = this.querySelectorAll<HTMLElement>('.levels i');
    bars.forEach((bar, index) => {
      bar.style.setProperty('--level', String(this.#levels[index] ?? 0));
    });
  }

  protected override render(): TemplateResult {
    const blocked = this.disabled || !store.verifier;
    return html`
      <div
        class="source ${this.#dragging ? 'dragging' : ''}"
        data-testid="source"
        @dragover=${this.#dragOver}
        @dragleave=${this.#dragLeave}
        @drop=${this.#drop}
      >
        ${this.#recording ? this.#recordingView() : this.#idleView(blocked)}
      </div>
      ${this.#recording ? nothing : this.#examplesView(blocked)}
      <p class="problem" role="alert" data-testid="source-error">${this.#error}</p>
    `;
  }

  #idleView(blocked: boolean): TemplateResult {
    return html`
      <button
        type="button"
        class="button primary"
        data-testid="record"
        ?disabled=${blocked || this.#starting}
        @click=${this.#record}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Z" />
          <path d="M5.500 11a6.500 6.500 0 0 0 13 0M12 17.500V21" />
        </svg>
        ${this.#starting ? 'Waiting for the microphone' : 'Record'}
      </button>
      <label class="button ${blocked ? 'blocked' : ''}">
        ${this.multiple ? 'Choose files' : 'Choose a file'}
        <input
          type="file"
          class="visually-hidden"
          data-testid="files"
          accept="audio/*,video/webm,.wav,.flac,.ogg,.opus"
          ?multiple=${this.multiple}
          ?disabled=${blocked}
          @change=${this.#choose}
        />
      </label>
      <span class="hint">or drop ${this.multiple ? 'them' : 'it'} here</span>
    `;
  }

  #recordingView(): TemplateResult {
    const spoken = this.#progress?.speechSeconds ?? 0;
    return html`
      <div class="levels" aria-hidden="true">
        ${Array.from({ length: BARS }, () => html`<i></i>`)}
      </div>
      <p class="listening" role="status">
        <strong data-testid="speech-seconds">${seconds(spoken)} of speech</strong>
        <span>stops by itself at ${seconds(this.stopAfter)}</span>
      </p>
      <button type="button" class="button primary" data-testid="stop" @click=${this.#stop}>
        Finish
      </button>
      <button type="button" class="button" data-testid="cancel" @click=${this.#cancel}>
        Cancel
      </button>
    `;
  }

  #examplesView(blocked: boolean): TemplateResult | typeof nothing {
    if (this.#voices.length === 0) return nothing;
    const speakers = [...new Set(this.#voices.map(({ speaker }) => speaker))];
    return html`<div class="examples" role="group" aria-label="Example voices">
      <span>No microphone? Use a synthesized voice:</span>
      ${speakers.map(
        (speaker) => html`<button
          type="button"
          class="chip"
          data-testid="example-${speaker.toLowerCase()}"
          ?disabled=${blocked}
          @click=${() => this.#example(speaker)}
        >
          ${speaker}
        </button>`,
      )}
    </div>`;
  }

  readonly #record = async (): Promise<void> => {
    const { verifier } = store;
    if (!verifier) return;
    this.#error = '';
    this.#starting = true;
    this.requestUpdate();
    try {
      const recording = await verifier.record({
        speechSeconds: this.stopAfter,
        onProgress: (progress) => this.#hear(progress),
      });
      if (!this.isConnected) {
        recording.cancel();
        return;
      }
      this.#recording = recording;
      this.#levels = Array.from({ length: BARS }, () => 0);
      this.#starting = false;
      this.requestUpdate();
      const audio = await recording.finished;
      // A cancelled recording has been replaced by none.
      if (this.#recording === recording) {
        this.#recording = undefined;
        this.#taken += 1;
        this.#send([fromRecording(audio, `Recording ${this.#taken}`)]);
      }
    } catch (error) {
      if (this.#recording || this.#starting) this.#error = errorWords(error);
      this.#recording = undefined;
    } finally {
      this.#starting = false;
      this.requestUpdate();
    }
  };

  #hear(progress: RecordingProgress): void {
    this.#progress = progress;
    const level = Math.min(1, Math.max(0, (progress.levelDb + 60) / 54));
    this.#levels = [...this.#levels.slice(1), level];
    this.requestUpdate();
  }

  readonly #stop = (): void => {
    this.#recording?.stop().catch(() => {});
  };

  readonly #cancel = (): void => {
    const recording = this.#recording;
    this.#recording = undefined;
    recording?.cancel();
    this.requestUpdate();
  };

  readonly #choose = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    void this.#take([...(event.target.files ?? [])]);
    event.target.value = '';
  };

  readonly #dragOver = (event: DragEvent): void => {
    event.preventDefault();
    this.#setDragging(true);
  };

  readonly #dragLeave = (): void => this.#setDragging(false);

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    this.#setDragging(false);
    if (this.disabled || !store.verifier) return;
    void this.#take([...(event.dataTransfer?.files ?? [])]);
  };

  #setDragging(dragging: boolean): void {
    this.#dragging = dragging;
    this.requestUpdate();
  }

  async #example(speaker: string): Promise<void> {
    const files = this.#voices.filter((voice) => voice.speaker === speaker);
    // The last one is kept back for verifying what the others enrolled.
    const last = files.slice(-1);
    const rest = files.slice(0, -1);
    const chosen = this.multiple && rest.length > 0 ? rest : last;
    const utterances = await Promise.all(chosen.map(({ file, name }) => fromFile(file, name)));
    this.#send(utterances.map((utterance) => ({ ...utterance, speaker })));
  }

  async #take(files: readonly File[]): Promise<void> {
    const chosen = this.multiple ? files : files.slice(0, 1);
    if (chosen.length === 0) return;
    this.#error = '';
    this.#send(await Promise.all(chosen.map((file) => fromFile(file, file.name))));
  }

  #send(detail: readonly Utterance[]): void {
    this.dispatchEvent(new CustomEvent('utterances', { detail }));
    this.requestUpdate();
  }
}

customElements.define('audio-source', AudioSource);
