import { VoiceprintError } from '../errors.js';
import { turn } from '../lifetime/turn.js';
import type { Session } from '../runtime/types.js';
import { type GateStream, SileroGate } from './gate-stream.js';
import { levelDb } from './level.js';
import { SAMPLE_RATE } from './limits.js';
import { SILERO_FRAME, SileroStream } from './silero.js';
import { speechSecondsOf } from './speech-segments.js';
import { type SpeechDetectorOptions, SpeechTracker } from './speech-tracker.js';
import type { SpeechSegment } from './types.js';

/**
 * Frames of one run: four seconds of audio, some 10 ms of work. A recording of minutes must not keep a
 * live stream waiting, nor an abort.
 */
const FRAMES_PER_RUN = 128;

/** What a live stream of audio holds, as of the last chunk. */
export interface SpeechState {
  /** Whether the last moments were speech. */
  readonly speaking: boolean;
  /** Seconds heard so far. */
  readonly seconds: number;
  /** Seconds of speech in them. */
  readonly speechSeconds: number;
  /** RMS level of the last chunk in dB relative to full scale; -Infinity for silence. */
  readonly levelDb: number;
}

/** Finds speech in audio as it arrives. Opened by {@link SpeechDetector.openStream}. */
export interface DetectorStream {
  /** @param samples - The next 16 kHz mono PCM, of any length. Calls are served in order. */
  push(samples: Float32Array): Promise<SpeechState>;
  /** Segments so far, in order; speech that still goes on ends at this moment. */
  segments(): readonly SpeechSegment[];
}

/** Finds speech (Silero VAD). Owns nothing: whoever opened the session disposes it. */
export interface SpeechDetector {
  /**
   * @param samples - 16 kHz mono PCM of a whole recording.
   * @returns its speech, in order, without overlaps; empty when there is none.
   */
  detect(samples: Float32Array): Promise<SpeechSegment[]>;
  /** Opens a live stream. Any number of streams may be open at once. */
  openStream(): DetectorStream;
  /** Opens a gate that lets the speech of live audio pass. Any number may be open at once. */
  openGate(): GateStream;
}

/**
 * A speech detector over a session of the weights that {@link SILERO} of ./silero.ts names.
 *
 * @throws VoiceprintError `model/unsupported` when the graph is not that one.
 */
export function createSpeechDetector(
  session: Session,
  options: SpeechDetectorOptions = {},
): SpeechDetector {
  const missing = ['frames', 'hidden', 'cell'].filter((name) => !session.inputNames.includes(name));
  if (missing.length > 0) {
    throw new VoiceprintError(
      'model/unsupported',
      `the speech detector's graph has no input ${missing.join(', ')}; the one that ships is needed`,
    );
  }
  const openStream = () => new FrameStream(session, options);
  return {
    openStream,
    openGate: () => new SileroGate(session),
    async detect(samples) {
      const stream = openStream();
      await stream.push(samples);
      return stream.finish();
    },
  };
}

class FrameStream implements DetectorStream {
  readonly #silero: SileroStream;
  readonly #tracker: SpeechTracker;
  readonly #frames = new Float32Array(FRAMES_PER_RUN * SILERO_FRAME);
  #filled = 0;
  #samples = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, options: SpeechDetectorOptions) {
    this.#silero = new SileroStream(session);
    this.#tracker = new SpeechTracker(SILERO_FRAME / SAMPLE_RATE, options);
  }

  push(samples: Float32Array): Promise<SpeechState> {
    // Frames depend on the state that the frame before left: a call waits for the one before.
    const served = this.#last.then(() => this.#serve(samples));
    this.#last = served.catch(() => undefined);
    return served;
  }

  segments(): SpeechSegment[] {
    return this.#tracker.segments(this.#samples / SAMPLE_RATE);
  }

  /** Judges the last, partial frame and gives the segments. */
  async finish(): Promise<SpeechSegment[]> {
    await this.#judge(this.#filled);
    this.#filled = 0;
    return this.segments();
  }

  async #serve(samples: Float32Array): Promise<SpeechState> {
    this.#samples += samples.length;
    let position = 0;
    while (position < samples.length) {
      const piece = samples.subarray(position, position + this.#frames.length - this.#filled);
      this.#frames.set(piece, this.#filled);
      this.#filled += piece.length;
      position += piece.length;
      const whole = this.#filled - (this.#filled % SILERO_FRAME);
      // The frames are read before the first wait; a run that fails takes them with it.
      const judged = this.#judge(whole);
      this.#frames.copyWithin(0, whole, this.#filled);
      this.#filled -= whole;
      await judged;
      if (position < samples.length) await turn();
    }
    return {
      speaking: this.#tracker.speaking,
      seconds: this.#samples / SAMPLE_RATE,
      speechSeconds: speechSecondsOf(this.segments()),
      levelDb: levelDb(samples),
    };
  }

  async #judge(length: number): Promise<void> {
    for (const probability of await this.#silero.next(this.#frames.subarray(0, length))) {
      this.#tracker.push(probability);
    }
  }
}
