import { VoiceprintError } from '../../errors.js';
import { turn } from '../../lifetime/turn.js';
import type { Session } from '../../runtime/types.js';
import { levelDb } from '../level.js';
import { SAMPLE_RATE } from '../limits.js';
import { centred } from '../offset.js';
import type { SpeechSegment } from '../types.js';
import { type GateStream, SileroGate } from './gate-stream.js';
import { SILERO_FRAME, SileroStream } from './silero.js';
import { speechSecondsOf } from './speech-segments.js';
import { type SpeechDetectorOptions, SpeechTracker } from './speech-tracker.js';

/**
 * Frames between two turns: some 30 ms of work. A recording of minutes must not keep a live stream
 * waiting, nor an abort.
 */
const FRAMES_PER_TURN = 64;

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
 * @throws VoiceprintError `model/unsupported` when the graph is not Silero VAD v5.
 */
export function createSpeechDetector(
  session: Session,
  options: SpeechDetectorOptions = {},
): SpeechDetector {
  const missing = ['input', 'state', 'sr'].filter((name) => !session.inputNames.includes(name));
  if (missing.length > 0) {
    throw new VoiceprintError(
      'model/unsupported',
      `the speech detector's graph has no input ${missing.join(', ')}; Silero VAD v5 is needed`,
    );
  }
  const openStream = () => new FrameStream(session, options);
  return {
    openStream,
    openGate: () => new SileroGate(session),
    async detect(samples) {
      const stream = openStream();
      await stream.push(centred(samples));
      return stream.finish();
    },
  };
}

class FrameStream implements DetectorStream {
  readonly #silero: SileroStream;
  readonly #tracker: SpeechTracker;
  readonly #frame = new Float32Array(SILERO_FRAME);
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
    if (this.#filled > 0) {
      this.#tracker.push(await this.#silero.next(this.#frame.subarray(0, this.#filled)));
      this.#filled = 0;
    }
    return this.segments();
  }

  async #serve(samples: Float32Array): Promise<SpeechState> {
    this.#samples += samples.length;
    let position = 0;
    let frames = 0;
    while (position < samples.length) {
      const piece = samples.subarray(position, position + SILERO_FRAME - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      position += piece.length;
      if (this.#filled === SILERO_FRAME) {
        this.#filled = 0;
        this.#tracker.push(await this.#silero.next(this.#frame));
        if (++frames % FRAMES_PER_TURN === 0) await turn();
      }
    }
    return {
      speaking: this.#tracker.speaking,
      seconds: this.#samples / SAMPLE_RATE,
      speechSeconds: speechSecondsOf(this.segments()),
      levelDb: levelDb(samples),
    };
  }
}
