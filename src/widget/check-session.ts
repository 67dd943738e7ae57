import { VoiceprintError } from '../errors.js';
import type {
  EnrolledSpeaker,
  LoadProgress,
  RecordingSession,
  RecordOptions,
  Verifier,
} from '../verifier/types.js';
import type { ConsentStore } from './consent.js';
import {
  type CheckEvent,
  type CheckMode,
  type CheckState,
  INITIAL_STATE,
  nextState,
  type Task,
  taskFor,
} from './session-state.js';

/** A verifier, and whether ending the session ends it too. */
export interface LoadedVerifier {
  readonly verifier: Verifier;
  readonly owned: boolean;
}

export interface CheckSessionOptions {
  readonly speaker: string;
  readonly mode: CheckMode;
  readonly falseAcceptRate: number | undefined;
  readonly consent: ConsentStore;
  /** A verifier that is there already, so that the vault can be asked before consent is. */
  readonly verifier: Verifier | undefined;
  readonly load: (
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ) => Promise<LoadedVerifier>;
  readonly getStream: RecordOptions['getStream'] | undefined;
  readonly onState: (state: CheckState, previous: CheckState) => void;
}

/** Seconds of speech that a verification listens to, unless the model needs more. */
export const VERIFY_SPEECH_SECONDS = 3;

/**
 * One person's way through enrollment and verification, without any rendering. Everything it
 * opens (recording, verifier of its own) is closed by {@link CheckSession.end}, also when that
 * falls into the middle of a download, a permission prompt or a computation.
 */
export class CheckSession {
  #state: CheckState = INITIAL_STATE;
  #loaded: LoadedVerifier | undefined;
  #enrolled: EnrolledSpeaker | undefined;
  #recording: RecordingSession | undefined;
  #abort = new AbortController();
  #ended = false;

  constructor(private readonly options: CheckSessionOptions) {
    if (options.verifier) this.#loaded = { verifier: options.verifier, owned: false };
  }

  get state(): CheckState {
    return this.#state;
  }

  get enrolled(): EnrolledSpeaker | undefined {
    return this.#enrolled;
  }

  /** Seconds of speech that enrolling still takes; undefined until the model is known. */
  get enrollSeconds(): number | undefined {
    return this.#loaded && this.#speechNeeded(this.#loaded.verifier, 'enroll');
  }

  /** Nothing is downloaded for somebody who has not agreed to anything yet. */
  async start(): Promise<void> {
    const { mode, consent, speaker } = this.options;
    if (!/\S/.test(speaker)) {
      const message = 'The speaker is empty; name who is enrolled, such as speaker="ada".';
      this.#fail(new VoiceprintError('verifier/invalid', message), 'load', this.#abort.signal);
      return;
    }
    if (!this.#loaded && mode !== 'verify' && !consent.given(speaker)) {
      this.#dispatch({ type: 'consent-needed' });
      return;
    }
    await this.load();
  }

  async load(): Promise<void> {
    const signal = this.#renewAbort();
    this.#dispatch({ type: 'load' });
    try {
      if (!this.#loaded) {
        const loaded = await this.options.load(
          (progress) => this.#dispatch({ type: 'load-progress', progress }),
          signal,
        );
        if (this.#ended || signal.aborted) {
          if (loaded.owned) await loaded.verifier.dispose();
          return;
        }
        this.#loaded = loaded;
      }
      await this.#settle(signal);
    } catch (cause) {
      this.#fail(cause, 'load', signal);
    }
  }

  async giveConsent(): Promise<void> {
    this.options.consent.give(this.options.speaker);
    await this.load();
  }

  /** Records, then enrolls or verifies. Does nothing while a recording is under way. */
  async record(task: Task): Promise<void> {
    const loaded = this.#loaded;
    if (!loaded || this.#state.name === 'recording' || this.#state.name === 'working') return;
    const { verifier } = loaded;
    const signal = this.#renewAbort();
    this.#dispatch({ type: 'microphone-asked', task });
    try {
      const neededSeconds = this.#speechNeeded(verifier, task);
      const { getStream } = this.options;
      const recording = await verifier.record({
        speechSeconds: neededSeconds,
        signal,
        onProgress: (progress) => {
          if (!signal.aborted) this.#dispatch({ type: 'recording-progress', progress });
        },
        ...(getStream ? { getStream } : {}),
      });
      if (signal.aborted) {
        recording.cancel();
        return;
      }
      this.#recording = recording;
      this.#dispatch({ type: 'recording-started', task, neededSeconds });
      const audio = await recording.finished;
      this.#recording = undefined;
      if (signal.aborted) return;
      this.#dispatch({ type: 'recorded', task });
      if (task === 'enroll') {
        const enrollment = await verifier.enroll(this.options.speaker, audio, {
          replace: this.#enrolled?.comparable === false,
          signal,
          onProgress: (done) => {
            if (!signal.aborted) this.#dispatch({ type: 'scoring-progress', done });
          },
        });
        if (signal.aborted) return;
        this.#enrolled = await this.#find(verifier);
        if (!signal.aborted) this.#dispatch({ type: 'enrolled', enrollment });
      } else {
        const { falseAcceptRate } = this.options;
        const verification = await verifier.verify(this.options.speaker, audio, {
          signal,
          ...(falseAcceptRate === undefined ? {} : { falseAcceptRate }),
        });
        if (!signal.aborted) this.#dispatch({ type: 'verified', verification });
      }
    } catch (cause) {
      this.#recording = undefined;
      this.#fail(cause, task, signal);
    }
  }

  /** Ends the recording early and goes on with what was said. */
  async stop(): Promise<void> {
    try {
      await this.#recording?.stop();
    } catch {
      // `record` awaits the same recording and reports the failure.
    }
  }

  /** Throws the recording, or the wait for the microphone or the result, away. */
  async cancel(): Promise<void> {
    this.#closeRecording();
    const signal = this.#renewAbort();
    try {
      await this.#settle(signal);
    } catch (cause) {
      this.#fail(cause, 'load', signal);
    }
  }

  /** Goes on after a result or an error. */
  async again(): Promise<void> {
    if (this.#state.name === 'error' && this.#state.retry === 'load') await this.load();
    else await this.cancel();
  }

  /**
   * Deletes the voiceprint and the consent to it.
   * @returns whether there was one.
   */
  async forget(): Promise<boolean> {
    const loaded = this.#loaded;
    if (!loaded) return false;
    this.#closeRecording();
    const signal = this.#renewAbort();
    try {
      const removed = await loaded.verifier.remove(this.options.speaker);
      this.options.consent.withdraw(this.options.speaker);
      await this.#settle(signal);
      return removed;
    } catch (cause) {
      this.#fail(cause, 'load', signal);
      return false;
    }
  }

  /** Closes everything. Idempotent; the session cannot be used again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort.abort();
    this.#closeRecording();
    const loaded = this.#loaded;
    this.#loaded = undefined;
    // Nobody is left to tell; what could not be closed goes with the page.
    if (loaded?.owned) loaded.verifier.dispose().catch(() => undefined);
  }

  /** Asks the vault who is there and shows what follows from it. */
  async #settle(signal: AbortSignal): Promise<void> {
    const loaded = this.#loaded;
    if (!loaded) return this.start();
    const { mode, consent, speaker } = this.options;
    this.#enrolled = await this.#find(loaded.verifier);
    if (signal.aborted) return;
    const task = taskFor(mode, this.#enrolled);
    if (task === 'verify' && !this.#enrolled) {
      const message = `Nobody is enrolled as "${speaker}" on this device; enroll first.`;
      throw new VoiceprintError('vault/unknown-speaker', message);
    }
    if (task === 'enroll' && !consent.given(speaker)) this.#dispatch({ type: 'consent-needed' });
    else {
      const outdated = this.#enrolled?.comparable === false;
      this.#dispatch({ type: 'ready', task, outdated });
    }
  }

  async #find(verifier: Verifier): Promise<EnrolledSpeaker | undefined> {
    const people = await verifier.list();
    // The spelling under which the verifier keeps names; an attribute may be written otherwise.
    const name = this.options.speaker.normalize('NFC').trim();
    return people.find(({ speaker }) => speaker === name);
  }

  #speechNeeded(verifier: Verifier, task: Task): number {
    const { minimumSeconds, recommendedSeconds } = verifier.model;
    if (task === 'verify') return Math.max(minimumSeconds, VERIFY_SPEECH_SECONDS);
    const present = this.#enrolled?.comparable ? this.#enrolled.speechSeconds : 0;
    return Math.max(minimumSeconds, recommendedSeconds - present);
  }

  #closeRecording(): void {
    this.#recording?.cancel();
    this.#recording = undefined;
  }

  #renewAbort(): AbortSignal {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (this.#ended) this.#abort.abort();
    return this.#abort.signal;
  }

  #fail(cause: unknown, retry: 'load' | Task, signal: AbortSignal): void {
    if (signal.aborted) return;
    const error = asVoiceprintError(cause);
    const loaded = this.#loaded;
    if (loaded?.owned && error.code.startsWith('backend/')) {
      // Nothing runs on it any more: trying again takes another verifier, not another recording.
      this.#loaded = undefined;
      loaded.verifier.dispose().catch(() => undefined);
      this.#dispatch({ type: 'failed', error, retry: 'load' });
      return;
    }
    this.#dispatch({ type: 'failed', error, retry });
  }

  #dispatch(event: CheckEvent): void {
    if (this.#ended) return;
    const previous = this.#state;
    this.#state = nextState(previous, event);
    if (this.#state !== previous) this.options.onState(this.#state, previous);
  }
}

function asVoiceprintError(cause: unknown): VoiceprintError {
  if (cause instanceof VoiceprintError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new VoiceprintError('verifier/invalid', message, { cause });
}
