import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createVerifier, type Verification, type Verifier } from 'voiceprint-web';
import type { Converted } from '../convert/messages.js';
import { type ExampleVoice, exampleVoices } from '../state/example-voices.js';
import { LightElement } from '../state/light-element.js';
import { errorWords, milliseconds, score } from '../state/words.js';
import './progress-bar.js';
import './score-axis.js';

/** Somewhere in the middle; a converted model carries no measured thresholds. */
const FIRST_THRESHOLD = 0.5;

/** Runs a converted model on two of the example voices, against a threshold of one's choice. */
class TryModel extends LightElement {
  static override properties = { model: { attribute: false } };
  declare model: Converted | undefined;

  #voices: readonly ExampleVoice[] = [];
  #enrolled = 'Ada';
  #heard = 'Ben';
  #threshold = FIRST_THRESHOLD;
  #verifier: Promise<Verifier> | undefined;
  #busy = '';
  #result: Verification | undefined;
  #backend = '';
  #error = '';

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
    this.#close();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model')) this.#close();
  }

  protected override render(): TemplateResult {
    const result = this.#result;
    const accepted = result !== undefined && result.score >= this.#threshold;
    return html`<div class="port">
      <h2>Use it</h2>
      <p class="hint">
        Two synthesized voices, compared by this very encoder. Nothing has been measured about it
        yet: find its threshold with <code>voiceprint evaluate</code> before you decide by it.
      </p>
      <div class="pair">
        ${this.#choice('Enrolled', 'try-enrolled', this.#enrolled, (name) => {
          this.#enrolled = name;
        })}
        ${this.#choice('Heard', 'try-heard', this.#heard, (name) => {
          this.#heard = name;
        })}
      </div>
      <button
        type="button"
        class="button primary"
        data-testid="try"
        ?disabled=${this.#busy !== '' || this.#voices.length === 0}
        @click=${this.#compare}
      >
        ${this.#busy || 'Compare'}
      </button>
      ${this.#busy ? html`<progress-bar label=${this.#busy}></progress-bar>` : nothing}
      <p class="problem" role="alert" data-testid="try-error">${this.#error}</p>
      ${
        result === undefined
          ? nothing
          : html`<div
              class="decision ${accepted ? 'accepted' : 'rejected'}"
              data-testid="tried"
              data-score=${result.score}
              data-accepted=${accepted}
            >
              <p class="verdict" role="status">${accepted ? 'Same voice' : 'Different voices'}</p>
              <score-axis .score=${result.score} .threshold=${this.#threshold}></score-axis>
              <label class="field wide">
                <span>Threshold ${score(this.#threshold)}</span>
                <input
                  type="range"
                  min="-0.2"
                  max="1"
                  step="0.01"
                  data-testid="try-threshold"
                  .value=${String(this.#threshold)}
                  @input=${this.#slide}
                />
              </label>
              <p class="hint">
                ${this.#backend}, ${milliseconds(result.timings.encoder)} in the encoder.
              </p>
            </div>`
      }
    </div>`;
  }

  #choice(
    label: string,
    testId: string,
    value: string,
    choose: (name: string) => void,
  ): TemplateResult {
    const speakers = [...new Set(this.#voices.map(({ speaker }) => speaker))];
    return html`<label class="field">
      <span>${label}</span>
      <select
        data-testid=${testId}
        @change=${(event: Event) => {
          if (event.target instanceof HTMLSelectElement) choose(event.target.value);
          this.#result = undefined;
          this.requestUpdate();
        }}
      >
        ${speakers.map((name) => html`<option ?selected=${name === value}>${name}</option>`)}
      </select>
    </label>`;
  }

  readonly #slide = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.#threshold = Number(event.target.value);
    this.requestUpdate();
  };

  readonly #compare = async (): Promise<void> => {
    const { model } = this;
    if (!model) return;
    this.#error = '';
    this.#result = undefined;
    try {
      this.#say('Starting the encoder');
      this.#verifier ??= createVerifier({ model: { files: model.files }, vault: 'memory' });
      const verifier = await this.#verifier;
      this.#backend = verifier.backend.name === 'webgpu' ? 'WebGPU' : 'WebAssembly';
      this.#say('Comparing voices');
      await verifier.enroll(this.#enrolled, this.#files(this.#enrolled).slice(0, -1), {
        replace: true,
      });
      const [probe = new Blob()] = this.#files(this.#heard).slice(-1);
      const options = { threshold: this.#threshold };
      this.#result = await verifier.verify(this.#enrolled, probe, options);
    } catch (error) {
      this.#error = errorWords(error);
      this.#close();
    }
    this.#say('');
  };

  #files(speaker: string): Blob[] {
    return this.#voices.filter((voice) => voice.speaker === speaker).map(({ file }) => file);
  }

  #say(words: string): void {
    this.#busy = words;
    this.requestUpdate();
  }

  /** Gives the engine's memory back; it may still be starting. */
  #close(): void {
    this.#verifier?.then(
      (verifier) => verifier.dispose(),
      () => {},
    );
    this.#verifier = undefined;
    this.#result = undefined;
  }
}

customElements.define('try-model', TryModel);
