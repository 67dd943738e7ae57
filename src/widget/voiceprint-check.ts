import { html, LitElement, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import type { LoadProgress, Verifier, VerifierOptions } from '../verifier/types.js';
import { CheckSession, type LoadedVerifier } from './check-session.js';
import { openConsentStore } from './consent.js';
import type { VoiceprintCheckEventMap } from './events.js';
import { ICONS } from './icons.js';
import {
  type CheckMode,
  type CheckState,
  type CheckStateName,
  INITIAL_STATE,
  levelShare,
  speechStillNeeded,
} from './session-state.js';
import { ENGLISH, type WidgetStrings } from './strings.js';
import { styles } from './styles.js';
import { bodyOf, errorWords, titleOf, type ViewActions } from './views.js';

const DEFAULT_SPEAKER = 'me';

const MODES: readonly CheckMode[] = ['auto', 'enroll', 'verify'];

/** How many level readings the meter shows: about two seconds. */
const METER_LENGTH = 40;

/**
 * `<voiceprint-check speaker="ada">`: asks for consent, enrolls a voice, then verifies it.
 *
 * @fires voiceprint-enrolled - `{ speaker, enrollment }`
 * @fires voiceprint-accepted - `{ speaker, verification }`
 * @fires voiceprint-rejected - `{ speaker, verification }`
 * @fires voiceprint-error - `{ speaker, error }`; `error.code` is a `VoiceprintErrorCode`
 * @fires voiceprint-state - `{ state, previous }` on every change of state
 * @fires voiceprint-deleted - `{ speaker }`
 *
 * @csspart card - the whole card
 * @csspart title - the heading
 * @csspart body - between heading and foot
 * @csspart prompt - the sentence to read aloud
 * @csspart meter - the level meter
 * @csspart progress - the progress bars
 * @csspart axis - the score axis
 * @csspart score - the score in words
 * @csspart reason - why audio was refused, or what to mend
 * @csspart actions - the row of buttons
 * @csspart button - every button; also `primary-button`, `secondary-button`
 * @csspart note - the line on what a voice cannot prove
 *
 * @cssprop --voiceprint-accent - buttons, meter and progress
 * @cssprop --voiceprint-on-accent - text on the accent
 * @cssprop --voiceprint-surface - the card
 * @cssprop --voiceprint-text - text
 * @cssprop --voiceprint-muted - secondary text
 * @cssprop --voiceprint-line - borders and tracks
 * @cssprop --voiceprint-accept - a match
 * @cssprop --voiceprint-reject - no match, and errors
 * @cssprop --voiceprint-radius - corner radius of the card
 * @cssprop --voiceprint-font - font family
 */
export class VoiceprintCheck extends LitElement {
  static override styles = styles;

  static override properties = {
    speaker: { type: String },
    model: { type: String },
    backend: { type: String },
    falseAcceptRate: { type: Number, attribute: 'false-accept-rate' },
    mode: { type: String },
    vaultName: { type: String, attribute: 'vault-name' },
    verifier: { attribute: false },
    load: { attribute: false },
    getStream: { attribute: false },
    strings: { attribute: false },
    _state: { state: true },
    _asking: { state: true },
  };

  /** Under which name the voice is kept. @defaultValue `'me'` */
  declare speaker: string;
  /** A model that ships with the package, or the URL of a model folder. */
  declare model: string | undefined;
  declare backend: 'auto' | 'webgpu' | 'wasm' | undefined;
  /** False-accept rate, 0 to 1, that decisions are made at. @defaultValue the verifier's */
  declare falseAcceptRate: number | undefined;
  /** @defaultValue `'auto'` */
  declare mode: CheckMode;
  declare vaultName: string | undefined;
  /** A verifier of the page's own; the page also disposes of it. */
  declare verifier: Verifier | undefined;
  /** Makes the verifier instead of `createVerifier`; the page also disposes of what it returns. */
  declare load: ((options: VerifierOptions) => Promise<Verifier>) | undefined;
  /** Brings an audio stream instead of asking for the microphone. */
  declare getStream: (() => Promise<MediaStream>) | undefined;
  /** Other words than the English ones, all or some. */
  declare strings: Partial<WidgetStrings>;

  declare private _state: CheckState;
  declare private _asking: boolean;

  #session: CheckSession | undefined;
  #levels: { share: number; heard: boolean }[] = [];
  #announcement = '';
  #refocus = false;

  readonly #actions: ViewActions = {
    consent: () => void this.#session?.giveConsent(),
    record: (task) => void this.#session?.record(task),
    stop: () => void this.#session?.stop(),
    cancel: () => void this.#session?.cancel(),
    again: () => void this.#session?.again(),
  };

  constructor() {
    super();
    this.speaker = DEFAULT_SPEAKER;
    this.mode = 'auto';
    this.strings = {};
    this._state = INITIAL_STATE;
    this._asking = false;
  }

  /** What the element is showing. */
  get state(): CheckStateName {
    return this._state.name;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#open();
  }

  /** Starts anew, as after a voiceprint was deleted or imported outside the element. */
  reset(): void {
    this.#close();
    if (this.isConnected) this.#open();
  }

  protected override firstUpdated(): void {
    // After this update, so that opening does not schedule another one within it.
    queueMicrotask(() => {
      if (this.isConnected && !this.#session) this.#open();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Removing an attribute gives null, and an attribute can hold any word.
    this.speaker ??= DEFAULT_SPEAKER;
    if (!MODES.includes(this.mode)) this.mode = 'auto';
    // Buttons go with their state: remember that the focus was in here, to put it back.
    if (this.matches(':focus-within')) this.#refocus = true;
    const reopening = [
      'speaker',
      'model',
      'backend',
      'falseAcceptRate',
      'mode',
      'vaultName',
      'verifier',
      'load',
      'getStream',
    ] as const;
    if (this.#session && reopening.some((name) => changed.has(name))) {
      queueMicrotask(() => this.reset());
    }
  }

  protected override updated(): void {
    // Styles are set through the CSSOM: `style-src 'self'` refuses style attributes.
    for (const fill of this.renderRoot.querySelectorAll<HTMLElement>('[data-share]')) {
      fill.style.setProperty('--share', fill.dataset.share ?? '0');
    }
    for (const axis of this.renderRoot.querySelectorAll<HTMLElement>('[data-threshold]')) {
      axis.style.setProperty('--score', axis.dataset.score ?? '0');
      axis.style.setProperty('--threshold', axis.dataset.threshold ?? '0');
    }
    // A state without buttons parks the focus on the heading; the next one takes it on.
    const within = this.shadowRoot?.activeElement;
    if (this.#refocus && (!within || within.tagName === 'H2')) {
      const target =
        this.renderRoot.querySelector<HTMLElement>('[data-asking]') ??
        this.renderRoot.querySelector<HTMLElement>('.actions button') ??
        this.renderRoot.querySelector<HTMLElement>('h2');
      target?.focus({ preventScroll: true });
    }
    this.#refocus = false;
  }

  protected override render(): TemplateResult {
    const strings = this.#words();
    const state = this._state;
    const title = titleOf(state, strings);
    return html`
      <section
        class="card"
        part="card"
        data-testid="widget"
        data-state=${state.name}
        aria-label=${strings.label(this.speaker)}
      >
        <div class="head">
          <span class="badge ${state.name}" aria-hidden="true">
            <svg
              viewBox="0 0 24 24"
              fill="none"
              stroke="currentColor"
              stroke-width="2"
              stroke-linecap="round"
              stroke-linejoin="round"
            >
              ${ICONS[state.name] ?? svg``}
            </svg>
          </span>
          <div>
            <h2 part="title" tabindex="-1" data-testid="widget-title">${title}</h2>
            <p class="who">${this.speaker}</p>
          </div>
        </div>
        <div class="body" part="body">
          ${bodyOf(state, {
            strings,
            actions: this.#actions,
            levels: this.#levels,
            enrollSeconds: this.#session?.enrollSeconds,
            mayVerify: this.mode !== 'enroll',
          })}
        </div>
        <div class="foot">
          <p class="honest" part="note">${strings.honest}</p>
          ${this.#session?.enrolled ? this.#forgetView(strings) : nothing}
        </div>
        <p class="announcer" role="status" aria-live="polite" data-testid="widget-status">
          ${this.#announcement}
        </p>
      </section>
    `;
  }

  #forgetView(strings: WidgetStrings): TemplateResult {
    const ask = (asking: boolean) => () => {
      this._asking = asking;
    };
    return html`<div class="forget" part="forget">
      ${
        this._asking
          ? html`<span>${strings.forgetAsk}</span>
            <button type="button" class="link danger" data-testid="widget-forget-yes" @click=${this.#forget}>
              ${strings.forgetYes}
            </button>
            <button type="button" class="link" data-testid="widget-forget-no" data-asking @click=${ask(false)}>
              ${strings.forgetNo}
            </button>`
          : html`<button type="button" class="link" data-testid="widget-forget" @click=${ask(true)}>
            ${strings.forget}
          </button>`
      }
    </div>`;
  }

  readonly #forget = async (): Promise<void> => {
    this._asking = false;
    if (await this.#session?.forget()) {
      this.#announcement = this.#words().forgotten;
      this.requestUpdate();
      this.#emit('voiceprint-deleted', { speaker: this.speaker });
    }
  };

  #words(): WidgetStrings {
    return { ...ENGLISH, ...this.strings };
  }

  #open(): void {
    this.#close();
    this._state = INITIAL_STATE;
    this.#session = new CheckSession({
      speaker: this.speaker,
      mode: this.mode,
      falseAcceptRate: this.falseAcceptRate ?? undefined,
      consent: openConsentStore(this.vaultName ?? 'voiceprint-web'),
      verifier: this.verifier,
      load: (onProgress, signal) => this.#load(onProgress, signal),
      getStream: this.getStream,
      onState: (state, previous) => this.#onState(state, previous),
    });
    void this.#session.start();
  }

  #close(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#levels = [];
    this._asking = false;
  }

  async #load(
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<LoadedVerifier> {
    const options: VerifierOptions = {
      onProgress,
      signal,
      ...(this.model == null ? {} : { model: this.model }),
      ...(this.backend == null ? {} : { backend: this.backend }),
      ...(this.falseAcceptRate == null ? {} : { falseAcceptRate: this.falseAcceptRate }),
      ...(this.vaultName == null ? {} : { vaultName: this.vaultName }),
    };
    if (this.load) return { verifier: await this.load(options), owned: false };
    const { createVerifier } = await import('../verifier/index.js');
    return { verifier: await createVerifier(options), owned: true };
  }

  #onState(state: CheckState, previous: CheckState): void {
    this._state = state;
    const strings = this.#words();
    if (state.name === 'recording') this.#listen(state, previous, strings);
    if (state.name === previous.name) return;
    if (state.name !== 'recording') {
      this.#levels = [];
      this.#announcement = announcementOf(state, strings);
    }
    this._asking = false;
    this.#emit('voiceprint-state', { state: state.name, previous: previous.name });
    const { speaker } = this;
    if (state.name === 'enrolled') {
      this.#emit('voiceprint-enrolled', { speaker, enrollment: state.enrollment });
    } else if (state.name === 'accepted' || state.name === 'rejected') {
      this.#emit(`voiceprint-${state.name}`, { speaker, verification: state.verification });
    } else if (state.name === 'error') {
      this.#emit('voiceprint-error', { speaker, error: state.error });
    }
  }

  #listen(
    state: Extract<CheckState, { name: 'recording' }>,
    previous: CheckState,
    strings: WidgetStrings,
  ): void {
    const { levelDb, speaking } = state.progress;
    if (previous.name !== 'recording') {
      this.#levels = Array.from({ length: METER_LENGTH }, () => ({ share: 0, heard: false }));
      this.#announcement = strings.speakNow;
      return;
    }
    this.#levels = [...this.#levels.slice(1), { share: levelShare(levelDb), heard: speaking }];
    const half = state.neededSeconds / 2;
    if (speechStillNeeded(state) <= half && speechStillNeeded(previous) > half) {
      this.#announcement = strings.halfway;
    }
  }

  #emit<Name extends keyof VoiceprintCheckEventMap>(
    name: Name,
    detail: VoiceprintCheckEventMap[Name]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** What a screen reader says when a state begins. */
function announcementOf(state: CheckState, strings: WidgetStrings): string {
  const title = titleOf(state, strings);
  switch (state.name) {
    case 'accepted':
    case 'rejected':
      return `${title}. ${strings.decision(state.verification)}`;
    case 'error':
      return errorWords(state.error, strings);
    case 'working':
      return state.step === 'microphone' ? strings.microphone : strings.working[state.task];
    default:
      return title;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'voiceprint-check': VoiceprintCheck;
  }
}
