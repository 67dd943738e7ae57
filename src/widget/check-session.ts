import { VoiceprintError } from '../errors.js';
import type { StreamEvent } from '../stream/types.js';
import type { EnrolledSpeaker, Model, RecordingSession, Verifier } from '../verifier/types.js';
import type { CheckSessionOptions, LoadedVerifier } from './check-session-options.js';
import { Listening } from './listening.js';
import { runRecordedTask, speechNeeded } from './recorded-task.js';
import {
  type CheckEvent,
  type CheckState,
  INITIAL_STATE,
  nextState,
  type RecordedTask,
  type Task,
  taskFor,
} from './session-state.js';
import { asVoiceprintError } from './voiceprint-error.js';

/** States in which the microphone is taken already. */
const BUSY: ReadonlySet<CheckState['name']> = new Set([
  'recording',
  'working',
  'listening',
  'paused',
]);

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
  #listening: Listening | undefined;
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
    return this.#loaded && speechNeeded(this.#loaded.verifier.model, 'enroll', this.#enrolled);
  }

  /** Undefined until it is loaded. */
  get model(): Model | undefined {
    return this.#loaded?.verifier.model;
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

  /** Opens the microphone for a task. Does nothing while it is open. */
  async begin(task: Task): Promise<void> {
    const loaded = this.#loaded;
    if (!loaded || BUSY.has(this.#state.name)) return;
    const signal = this.#renewAbort();
    this.#dispatch({ type: 'microphone-asked', task });
    if (task === 'listen') await this.#listen(loaded.verifier, signal);
    else await this.#record(loaded.verifier, task, signal);
  }

  /** Gives the microphone back and keeps what was heard. */
  async pause(): Promise<void> {
    await this.#change((listening) => listening.pause(), 'paused');
  }

  async resume(): Promise<void> {
    await this.#change((listening) => listening.resume(), 'resumed');
  }

  async #change(
    work: (listening: Listening) => Promise<void>,
    type: 'paused' | 'resumed',
  ): Promise<void> {
    const listening = this.#listening;
    const { signal } = this.#abort;
    if (!listening) return;
    try {
      await work(listening);
      if (!signal.aborted) this.#dispatch({ type });
    } catch (cause) {
      this.#fail(cause, 'listen', signal);
    }
  }

  async #listen(verifier: Verifier, signal: AbortSignal): Promise<void> {
    const { speaker, falseAcceptRate, getStream, listening: options = {} } = this.options;
    try {
      const listening = await Listening.open({
        verifier,
        speaker,
        falseAcceptRate,
        options,
        getStream,
        signal,
        onEvent: (event) => this.#hear(event, signal),
        onLevel: (levelDb) => {
          if (!signal.aborted) this.#dispatch({ type: 'level', levelDb });
        },
      });
      if (signal.aborted) return;
      this.#listening = listening;
      this.#dispatch({ type: 'listening-started' });
    } catch (cause) {
      this.#fail(cause, 'listen', signal);
    }
  }

  #hear(event: StreamEvent, signal: AbortSignal): void {
    if (signal.aborted) return;
    if (event.type === 'error') {
      // Until it listens, what went wrong comes as the rejection of `Listening.open` too.
      if (this.#listening) this.#fail(event.error, 'listen', signal);
      return;
    }
    this.#dispatch({ type: 'stream', event });
    this.options.onStreamEvent?.(event);
  }

  async #record(verifier: Verifier, task: RecordedTask, signal: AbortSignal): Promise<void> {
    const { speaker, falseAcceptRate, getStream } = this.options;
    try {
      await runRecordedTask({
        verifier,
        task,
        speaker,
        falseAcceptRate,
        enrolled: this.#enrolled,
        getStream,
        signal,
        dispatch: (event) => this.#dispatch(event),
        onRecording: (recording) => {
          this.#recording = recording;
        },
        onEnrolled: async () => {
          this.#enrolled = await this.#find(verifier);
        },
      });
    } catch (cause) {
      this.#fail(cause, task, signal);
    }
  }

  /** Ends the recording early and goes on with what was said, or ends the listening. */
  async stop(): Promise<void> {
    const listening = this.#listening;
    if (listening) {
      this.#listening = undefined;
      const summary = await listening.stop();
      if (!this.#ended) this.options.onStopped?.(summary);
      await this.cancel();
      return;
    }
    try {
      await this.#recording?.stop();
    } catch {
      // `record` awaits the same recording and reports the failure.
    }
  }

  /** Throws the recording, or the wait for the microphone or the result, away. */
  async cancel(): Promise<void> {
    this.#closeMicrophone();
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
    this.#closeMicrophone();
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
    this.#closeMicrophone();
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
    const task = taskFor(mode, this.#enrolled, this.options.continuous);
    if (task !== 'enroll' && !this.#enrolled) {
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

  #closeMicrophone(): void {
    this.#recording?.cancel();
    this.#recording = undefined;
    // The stream itself ends with the signal that it was given.
    this.#listening = undefined;
  }

  #renewAbort(): AbortSignal {
    this.#abort.abort();
    this.#abort = new AbortController();
    if (this.#ended) this.#abort.abort();
    return this.#abort.signal;
  }

  #fail(cause: unknown, retry: 'load' | Task, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#closeMicrophone();
    if (retry === 'listen') this.#renewAbort();
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
