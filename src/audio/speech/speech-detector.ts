import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { turn } from '../../lifetime/turn.js';
import type { Session } from '../../tensor.js';
import { SAMPLE_RATE } from '../limits.js';
import { centred } from '../offset.js';
import type { SpeechSegment } from '../types.js';
import { type GateStream, SileroGate } from './gate-stream.js';
import { SILERO_FRAME, SileroStream } from './silero.js';
import { type SpeechDetectorOptions, SpeechTracker } from './speech-tracker.js';

/**
 * Samples of one run: four seconds of audio, some 10 ms of work. A recording of minutes must not
 * keep a live stream waiting, nor an abort.
 */
const RUN = 128 * SILERO_FRAME;

/** Finds speech (Silero VAD). Disposing it disposes the session that it was made over. */
export interface SpeechDetector extends AsyncDisposable {
  /**
   * @param samples - 16 kHz mono PCM of a whole recording; an offset is taken off first.
   * @returns its speech, in order, without overlaps; empty when there is none.
   */
  detect(samples: Float32Array): Promise<SpeechSegment[]>;
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
  return {
    openGate: () => new SileroGate(session),
    async detect(clip) {
      const samples = centred(clip);
      const silero = new SileroStream(session);
      const tracker = new SpeechTracker(SILERO_FRAME / SAMPLE_RATE, options);
      for (let start = 0; start < samples.length; start += RUN) {
        if (start > 0) await turn();
        for (const probability of await silero.next(samples.subarray(start, start + RUN))) {
          tracker.push(probability);
        }
      }
      return tracker.segments(samples.length / SAMPLE_RATE);
    },
    [asyncDispose]: () => session.dispose(),
  };
}
