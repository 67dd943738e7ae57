import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { turn } from '../lifetime/turn.js';
import type { Session } from '../runtime/types.js';
import { type GateStream, SileroGate } from './gate-stream.js';
import { SAMPLE_RATE } from './limits.js';
import { SILERO_FRAME, SileroStream } from './silero.js';
import { type SpeechDetectorOptions, SpeechTracker } from './speech-tracker.js';
import type { SpeechSegment } from './types.js';

/**
 * Frames between two turns: some 30 ms of work. A recording of minutes must not keep a live stream
 * waiting, nor an abort.
 */
const FRAMES_PER_TURN = 64;

/** Finds speech (Silero VAD). Disposing it disposes the session that it was made over. */
export interface SpeechDetector extends AsyncDisposable {
  /**
   * @param samples - 16 kHz mono PCM of a whole recording.
   * @returns its speech, in order, without overlaps; empty when there is none.
   */
  detect(samples: Float32Array): Promise<SpeechSegment[]>;
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
  return {
    openGate: () => new SileroGate(session),
    async detect(samples) {
      const clip = new ClipFrames(session, options);
      await clip.push(samples);
      return clip.finish();
    },
    [asyncDispose]: () => session.dispose(),
  };
}

/** A clip on its way through the network, frame by frame. */
class ClipFrames {
  readonly #silero: SileroStream;
  readonly #tracker: SpeechTracker;
  readonly #frame = new Float32Array(SILERO_FRAME);
  #filled = 0;
  #samples = 0;

  constructor(session: Session, options: SpeechDetectorOptions) {
    this.#silero = new SileroStream(session);
    this.#tracker = new SpeechTracker(SILERO_FRAME / SAMPLE_RATE, options);
  }

  async push(samples: Float32Array): Promise<void> {
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
  }

  /** Judges the last, partial frame and gives the segments. */
  async finish(): Promise<SpeechSegment[]> {
    if (this.#filled > 0) {
      this.#tracker.push(await this.#silero.next(this.#frame.subarray(0, this.#filled)));
      this.#filled = 0;
    }
    return this.#tracker.segments(this.#samples / SAMPLE_RATE);
  }
}
