import { LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { scoreRange } from '../scoring/score-range.js';
import type { StreamEvent } from '../stream/types.js';
import type { LoadProgress, Verifier, VerifierOptions } from '../verifier/types.js';
import { Announcer } from './announcer.js';
import { CheckSession } from './check-session.js';
import type { LoadedVerifier } from './check-session-options.js';
import { openConsentStore } from './consent.js';
import type { VoiceprintCheckEventMap } from './events.js';
import type { ListeningOptions } from './listening.js';
import type { HeardVoice } from './listening-state.js';
import {
  type CheckMode,
  type CheckState,
  type CheckStateName,
  INITIAL_STATE,
  levelShare,
} from './session-state.js';
import { emitStateEvents } from './state-events.js';
import { ENGLISH, type WidgetStrings } from './strings.js';
import { announcementOf } from './views/announcements.js';
import { cardView } from './views/card-view.js';
import { applyShares, restoreFocus } from './views/rendered.js';
import { styles } from './views/styles.js';
import type { ViewActions } from './views/view-context.js';
import type { MeterColumn } from './views/view-parts.js';

const DEFAULT_SPEAKER = 'me';

const MODES: readonly CheckMode[] = ['auto', 'enroll', 'verify'];

/** How many level readings the meter shows: about two seconds. */
const METER_LENGTH = 40;

/** Changes of these begin the check anew. */
const REOPENING = [
  'speaker',
  'model',
  'backend',
  'falseAcceptRate',
  'mode',
  'continuous',
  'listening',
  'vaultName',
  'verifier',
  'load',
  'getStream',
] as const;

/**
 * `<voiceprint-check speaker="ada">`: asks for consent, enrolls a voice, then verifies it. With
 * `continuous` it goes on listening and tells, while somebody talks, whether it is still them.
 *
 * @fires voiceprint-enrolled - `{ speaker, enrollment }`
 * @fires voiceprint-accepted - `{ speaker, verification }`
 * @fires voiceprint-rejected - `{ speaker, verification }`
 * @fires voiceprint-error - `{ speaker, error }`; `error.code` is a `VoiceprintErrorCode`
 * @fires voiceprint-state - `{ state, previous }` on every change of state
 * @fires voiceprint-deleted - `{ speaker }`
 * @fires voiceprint-voice - `{ speaker, voice, previous, score }` when another voice is heard while
 *   it listens; `voice` is `'accepted'`, `'rejected'`, `'unknown'` or `'silence'`
 * @fires voiceprint-score - `{ speaker, score }` several times a second while it listens
 * @fires voiceprint-degraded - `{ speaker, degraded }`: it listens on, but not as well as before
 * @fires voiceprint-stopped - `{ speaker, summary }` when listening was stopped
 *
 * @csspart card - the whole card
 * @csspart title - the heading
 * @csspart body - between heading and foot
 * @csspart prompt - the sentence to read aloud
 * @csspart meter - the level meter; while listening also who was heard
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
    continuous: { type: Boolean },
    listening: { attribute: false },
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
  /** Where to run; by default wherever the self-check passes. */
  declare backend: 'auto' | 'webgpu' | 'wasm' | undefined;
  /** False-accept rate, 0 to 1, that decisions are made at. @defaultValue the verifier's */
  declare falseAcceptRate: number | undefined;
  /** @defaultValue `'auto'` */
  declare mode: CheckMode;
  /** Listens on and on, until it is stopped, where it would verify once. @defaultValue `false` */
  declare continuous: boolean;
  /** Other options of listening than the defaults of `Verifier.stream`. */
  declare listening: ListeningOptions | undefined;
  /** Name of the database with the voiceprints. */
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
  #levels: readonly MeterColumn[] = [];
  #announcement = '';
  readonly #announcer = new Announcer((words) => {
    this.#announcement = words;
    this.requestUpdate();
  });
  #refocus = false;

  readonly #actions: ViewActions = {
    consent: () => void this.#session?.giveConsent(),
    begin: (task) => void this.#session?.begin(task),
    stop: () => void this.#session?.stop(),
    cancel: () => void this.#session?.cancel(),
    again: () => void this.#session?.again(),
    pause: () => void this.#session?.pause(),
    resume: () => void this.#session?.resume(),
  };

  constructor() {
    super();
    this.speaker = DEFAULT_SPEAKER;
    this.mode = 'auto';
    this.continuous = false;
    this.strings = {};
    this._state = INITIAL_STATE;
    this._asking = false;
  }

  /** What the element is showing. */
  get state(): CheckStateName {
    return this._state.name;
  }

  /** Who is heard while it listens; `'silence'` otherwise. */
  get voice(): HeardVoice {
    return this._state.name === 'listening' ? this._state.voice : 'silence';
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
    if (this.#session && REOPENING.some((name) => changed.has(name))) {
      queueMicrotask(() => this.reset());
    }
  }

  protected override updated(): void {
    applyShares(this.renderRoot);
    if (this.#refocus && this.shadowRoot) restoreFocus(this.shadowRoot);
    this.#refocus = false;
  }

  protected override render(): TemplateResult {
    const verifies = this.continuous ? 'listen' : 'verify';
    return cardView(this._state, {
      strings: this.#words(),
      actions: this.#actions,
      speaker: this.speaker,
      levels: this.#levels,
      enrollSeconds: this.#session?.enrollSeconds,
      scoreRange: scoreRange(this.#session?.model),
      next: this.mode === 'enroll' ? undefined : verifies,
      continuous: this.continuous && this.mode !== 'enroll',
      mayForget: this.#session?.enrolled !== undefined,
      asking: this._asking,
      ask: (asking) => {
        this._asking = asking;
      },
      forget: this.#forget,
      announcement: this.#announcement,
    });
  }

  readonly #forget = async (): Promise<void> => {
    this._asking = false;
    if (await this.#session?.forget()) {
      this.#announcer.say(this.#words().forgotten);
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
      continuous: this.continuous,
      ...(this.listening ? { listening: this.listening } : {}),
      onStreamEvent: (event) => this.#onStreamEvent(event),
      onStopped: (summary) => this.#emit('voiceprint-stopped', { speaker: this.speaker, summary }),
      onState: (state, previous) => this.#onState(state, previous),
    });
    void this.#session.start();
  }

  #close(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#announcer.stop();
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
    if (state.name === 'recording') this.#measure(state, previous);
    else this.#levels = [];
    if (state.name !== previous.name) this._asking = false;
    const words = announcementOf(state, previous, this.speaker, this.#words());
    if (words !== undefined) {
      const byItself = state.name === 'listening' && previous.name === 'listening';
      if (byItself) this.#announcer.sayInTurn(words);
      else this.#announcer.say(words);
    }
    emitStateEvents(state, previous, this.speaker, (name, detail) => this.#emit(name, detail));
  }

  #onStreamEvent(event: StreamEvent): void {
    const { speaker } = this;
    if (event.type === 'score') this.#emit('voiceprint-score', { speaker, score: event });
    else if (event.type === 'degraded') {
      this.#emit('voiceprint-degraded', { speaker, degraded: event });
    }
  }

  #measure({ progress }: Extract<CheckState, { name: 'recording' }>, previous: CheckState): void {
    const column = { share: levelShare(progress.levelDb), kind: progress.speaking ? 'heard' : '' };
    const before =
      previous.name === 'recording'
        ? this.#levels.slice(1)
        : Array.from({ length: METER_LENGTH - 1 }, () => ({ share: 0, kind: '' }));
    this.#levels = [...before, column];
  }

  #emit<Name extends keyof VoiceprintCheckEventMap>(
    name: Name,
    detail: VoiceprintCheckEventMap[Name]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'voiceprint-check': VoiceprintCheck;
  }
}
