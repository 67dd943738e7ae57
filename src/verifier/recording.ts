import { levelDb } from '../audio/level.js';
import { SAMPLE_RATE } from '../audio/limits.js';
import type { OpenMicrophone } from '../audio/microphone/open-microphone.js';
import type { Recording } from '../audio/types.js';
import type { Listening } from '../engine/live/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { aborted } from '../lifetime/ended.js';
import { RECORD_DEFAULTS } from './options.js';
import type { RecordingSession, RecordOptions } from './types.js';

/**
 * Records from the microphone while the engine follows the speech in it.
 *
 * What the person said is kept whole: when speech detection lags behind, the recording only ends
 * later, and nothing is dropped.
 *
 * @throws VoiceprintError `audio/microphone-refused`, `audio/microphone-missing`,
 *   `verifier/invalid` for lengths that are not above 0, `aborted` before it starts;
 *   `finished` rejects with `audio/microphone-lost` when the device goes away before any speech,
 *   and with `aborted` after `cancel()` or an abort.
 */
export async function record(
  engine: Pick<Engine, 'listen'>,
  openMicrophone: OpenMicrophone,
  options: RecordOptions,
): Promise<RecordingSession> {
  const maximumSeconds = options.maximumSeconds ?? RECORD_DEFAULTS.maximumSeconds;
  refuseLength('maximumSeconds', maximumSeconds);
  if (options.speechSeconds !== undefined) refuseLength('speechSeconds', options.speechSeconds);
  // Before the person is asked for the microphone.
  if (options.signal?.aborted === true) throw cancelled();
  const speech = await engine.listen({});
  const recording = new RunningRecording(speech, { ...options, maximumSeconds });
  try {
    const microphone = await openMicrophone({
      onSamples: (samples) => recording.take(samples),
      onLost: (error) => recording.lose(error),
      ...(options.getStream === undefined ? {} : { getStream: options.getStream }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return recording.begin(microphone);
  } catch (error) {
    await speech[asyncDispose]();
    throw error;
  }
}

type OpenedMicrophone = Awaited<ReturnType<OpenMicrophone>>;

/** What is recorded, while it is. */
class RunningRecording {
  readonly #speech: Listening;
  readonly #options: RecordOptions & { readonly maximumSeconds: number };
  readonly #chunks: Float32Array[] = [];
  readonly #ended: Promise<VoiceprintError | undefined>;
  #end: (error?: VoiceprintError) => void = () => undefined;
  #length = 0;
  #speechSeconds = 0;
  #closed = false;
  /** Detection goes through chunks one after the other; it may lag behind. */
  #following: Promise<void> = Promise.resolve();

  constructor(speech: Listening, options: RecordOptions & { readonly maximumSeconds: number }) {
    this.#speech = speech;
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** @param samples - Of the microphone; kept. */
  take(samples: Float32Array): void {
    this.#chunks.push(samples);
    this.#length += samples.length;
    this.#following = this.#following.then(() => this.#follow(samples));
    if (this.#length >= this.#options.maximumSeconds * SAMPLE_RATE) this.#end();
  }

  /** What was said before the device went away may still be enough. */
  lose(error: VoiceprintError): void {
    this.#following.then(() => this.#end(this.#speechSeconds > 0 ? undefined : error));
  }

  begin(microphone: OpenedMicrophone): RecordingSession {
    const { signal } = this.#options;
    const abort = (): void => this.#end(cancelled());
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const finished = this.#finish(microphone).finally(() =>
      signal?.removeEventListener('abort', abort),
    );
    // A caller that only uses stop() or cancel() must not be told of an unhandled rejection.
    finished.catch(() => undefined);
    return {
      microphone: microphone.settings,
      finished,
      stop: () => {
        this.#end();
        return finished;
      },
      cancel: abort,
      async [asyncDispose]() {
        abort();
        await finished.catch(() => undefined);
      },
    };
  }

  async #finish(microphone: OpenedMicrophone): Promise<Recording> {
    const error = await this.#ended;
    this.#closed = true;
    try {
      await microphone.close();
    } finally {
      await this.#speech[asyncDispose]();
    }
    if (error !== undefined) throw error;
    return {
      samples: join(this.#chunks, this.#length),
      sampleRate: SAMPLE_RATE,
      microphone: microphone.settings,
    };
  }

  async #follow(samples: Float32Array): Promise<void> {
    if (this.#closed) return;
    const { speechSeconds: enough, onProgress } = this.#options;
    try {
      // What was said is kept: a copy goes to the engine.
      const { speaking, speechSeconds } = await this.#speech.push(samples.slice(), samples.length);
      this.#speechSeconds = speechSeconds;
      if (enough !== undefined && speechSeconds >= enough) this.#end();
      onProgress?.({
        levelDb: levelDb(samples),
        speaking,
        seconds: this.#length / SAMPLE_RATE,
        speechSeconds,
      });
    } catch (error) {
      this.#end(asError(error));
    }
  }
}

function join(chunks: readonly Float32Array[], length: number): Float32Array {
  const whole = new Float32Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function refuseLength(option: string, seconds: number): void {
  if (seconds > 0 && Number.isFinite(seconds)) return;
  throw new VoiceprintError('verifier/invalid', `${option} is ${seconds}; give seconds above 0`);
}

function cancelled(): VoiceprintError {
  return aborted('the recording was cancelled; its audio is gone');
}

function asError(error: unknown): VoiceprintError {
  return error instanceof VoiceprintError
    ? error
    : new VoiceprintError(
        'backend/failed',
        'speech detection or onProgress failed (see cause); record again',
        { cause: error },
      );
}
