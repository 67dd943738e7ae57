import { levelDb } from '../audio/level.js';
import { SAMPLE_RATE } from '../audio/limits.js';
import type { MicrophoneSettings, Recording } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { aborted } from '../lifetime/ended.js';
import { RECORD_DEFAULTS } from './options.js';
import type { RecordingSession, RecordOptions } from './types.js';

/** What a recording needs of a microphone; `openMicrophone` of `src/audio` provides it. */
export type OpenMicrophone = (options: {
  /** Called with 16 kHz mono samples; the array is the callee's to keep, unless `reuse`. */
  readonly onSamples: (samples: Float32Array) => void;
  /** Called at most once, when the device went away. */
  readonly onLost: (error: VoiceprintError) => void;
  /** Called when the system muted the device for a while, and when it no longer does. */
  readonly onMuted?: (muted: boolean) => void;
  /** The arrays are taken back when `onSamples` returns. */
  readonly reuse?: boolean;
  readonly getStream?: () => Promise<MediaStream>;
  /** The tracks of `getStream` are left running. */
  readonly keepTracks?: boolean;
  readonly signal?: AbortSignal;
}) => Promise<{ readonly settings: MicrophoneSettings; close(): void | Promise<void> }>;

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
  const sampleRate = SAMPLE_RATE;
  const maximumSeconds = options.maximumSeconds ?? RECORD_DEFAULTS.maximumSeconds;
  refuseLength('maximumSeconds', maximumSeconds);
  if (options.speechSeconds !== undefined) refuseLength('speechSeconds', options.speechSeconds);
  const isAborted = (): boolean => options.signal?.aborted === true;
  // Before the person is asked for the microphone.
  if (isAborted()) throw cancelled();
  const chunks: Float32Array[] = [];
  let length = 0;
  let speechSeconds = 0;
  let settle: ((outcome: { error?: VoiceprintError }) => void) | undefined;
  const ended = new Promise<{ error?: VoiceprintError }>((resolve) => {
    settle = resolve;
  });
  const end = (error?: VoiceprintError): void => settle?.(error === undefined ? {} : { error });

  const speech = await engine.listen({});
  let closed = false;
  let following: Promise<void> = Promise.resolve();
  const follow = async (samples: Float32Array): Promise<void> => {
    if (closed) return;
    try {
      // What was said is kept: a copy goes to the engine.
      const progress = await speech.push(samples.slice(), samples.length);
      speechSeconds = progress.speechSeconds;
      if (options.speechSeconds !== undefined && speechSeconds >= options.speechSeconds) end();
      options.onProgress?.({
        levelDb: levelDb(samples),
        speaking: progress.speaking,
        seconds: length / sampleRate,
        speechSeconds,
      });
    } catch (error) {
      end(asError(error));
    }
  };

  let microphone: Awaited<ReturnType<OpenMicrophone>>;
  try {
    microphone = await openMicrophone({
      onSamples(samples) {
        chunks.push(samples);
        length += samples.length;
        following = following.then(() => follow(samples));
        if (length >= maximumSeconds * sampleRate) end();
      },
      // What was said before the device went away may still be enough; detection may lag behind.
      onLost: (error) => {
        following.then(() => end(speechSeconds > 0 ? undefined : error));
      },
      ...(options.getStream === undefined ? {} : { getStream: options.getStream }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    await speech[asyncDispose]();
    throw error;
  }

  const abort = (): void => end(cancelled());
  options.signal?.addEventListener('abort', abort, { once: true });
  if (isAborted()) abort();

  const finished = ended.then(async ({ error }): Promise<Recording> => {
    options.signal?.removeEventListener('abort', abort);
    closed = true;
    try {
      await microphone.close();
    } finally {
      await speech[asyncDispose]();
    }
    if (error !== undefined) throw error;
    return { samples: join(chunks, length), sampleRate, microphone: microphone.settings };
  });
  // A caller that only uses stop() or cancel() must not be told of an unhandled rejection.
  finished.catch(() => undefined);

  return {
    microphone: microphone.settings,
    finished,
    stop() {
      end();
      return finished;
    },
    cancel: abort,
    async [asyncDispose]() {
      abort();
      await finished.catch(() => undefined);
    },
  };
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
