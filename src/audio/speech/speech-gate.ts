import { SAMPLE_RATE } from '../limits.js';
import { SILERO_FRAME } from './silero.js';
import { SPEECH_DETECTOR_DEFAULTS } from './speech-tracker.js';

/** When a {@link SpeechGate} opens and closes; the defaults are {@link SPEECH_GATE_DEFAULTS}. */
export interface SpeechGateOptions {
  /** A frame of this probability is speech. @defaultValue 0.5 */
  readonly beginAt?: number;
  /** Below this probability a pause begins. @defaultValue 0.35 */
  readonly endBelow?: number;
  /** Frames of speech until it opens, so that clicks do not open it. @defaultValue 3 */
  readonly onsetFrames?: number;
  /** Pauses shorter than so many frames pass as speech. @defaultValue 8 */
  readonly pauseFrames?: number;
  /** Frames that pass before and after speech, for soft beginnings and endings. @defaultValue 2 */
  readonly paddingFrames?: number;
}

/** As `SPEECH_DETECTOR_DEFAULTS` cuts a recording, in frames of 32 ms. */
const SPEECH_GATE_DEFAULTS = {
  beginAt: SPEECH_DETECTOR_DEFAULTS.beginAt,
  endBelow: SPEECH_DETECTOR_DEFAULTS.endBelow,
  onsetFrames: 3,
  pauseFrames: Math.ceil(
    (SPEECH_DETECTOR_DEFAULTS.minimumPauseSeconds * SAMPLE_RATE) / SILERO_FRAME,
  ),
  paddingFrames: Math.ceil((SPEECH_DETECTOR_DEFAULTS.paddingSeconds * SAMPLE_RATE) / SILERO_FRAME),
} as const satisfies Required<SpeechGateOptions>;

/** A pause of doubtful frames, neither speech nor silence, ends after so many at the latest. */
const MOST_DOUBTFUL = 16;

/**
 * Lets the speech of a live stream pass, frame by frame, and holds the rest back. Frames before
 * the onset are kept, so that nothing of a first syllable is lost; those of a pause wait until it
 * is known whether speech goes on. Pure: probabilities come from outside. Its memory does not grow.
 */
export class SpeechGate {
  readonly #options: Required<SpeechGateOptions>;
  /** Frames that wait: before an onset, or in a pause. */
  readonly #held: Float32Array;
  readonly #room: number;
  #heldFrames = 0;
  #open = false;
  #onset = 0;
  #pausing = false;
  #silentFrames = 0;

  constructor(options: SpeechGateOptions = {}) {
    this.#options = { ...SPEECH_GATE_DEFAULTS, ...options };
    const { paddingFrames, onsetFrames, pauseFrames } = this.#options;
    this.#room = Math.max(paddingFrames + onsetFrames, pauseFrames, MOST_DOUBTFUL) + 1;
    this.#held = new Float32Array(this.#room * SILERO_FRAME);
  }

  /** Whether somebody speaks; short pauses count as speech. */
  get open(): boolean {
    return this.#open;
  }

  /** Seconds since the last frame of speech; 0 while there is speech. */
  get silentSeconds(): number {
    return (this.#silentFrames * SILERO_FRAME) / SAMPLE_RATE;
  }

  /**
   * Judges one frame.
   *
   * @param frame - 512 samples.
   * @param probability - That it is speech, 0 to 1.
   * @param out - Gets what passes, from `offset` on; room for {@link MOST_PASSED_FRAMES} frames.
   * @returns how many samples passed.
   */
  push(frame: Float32Array, probability: number, out: Float32Array, offset: number): number {
    this.#hold(frame);
    return this.#open
      ? this.#inside(probability, out, offset)
      : this.#outside(probability, out, offset);
  }

  /** Begins a new stream. */
  reset(): void {
    this.#open = false;
    this.#pausing = false;
    this.#heldFrames = 0;
    this.#onset = 0;
    this.#silentFrames = 0;
  }

  #outside(probability: number, out: Float32Array, offset: number): number {
    const { beginAt, endBelow, onsetFrames, paddingFrames } = this.#options;
    this.#silentFrames += 1;
    if (probability >= beginAt) this.#onset += 1;
    else if (probability < endBelow) this.#onset = 0;
    if (this.#onset >= onsetFrames) {
      this.#open = true;
      this.#pausing = false;
      this.#onset = 0;
      this.#silentFrames = 0;
      return this.#release(this.#heldFrames, out, offset);
    }
    this.#keepLast(this.#onset > 0 ? paddingFrames + onsetFrames : paddingFrames);
    return 0;
  }

  #inside(probability: number, out: Float32Array, offset: number): number {
    const { beginAt, endBelow, pauseFrames, paddingFrames } = this.#options;
    if (probability >= beginAt) this.#pausing = false;
    else if (probability < endBelow) this.#pausing = true;
    if (!this.#pausing) {
      this.#silentFrames = 0;
      return this.#release(this.#heldFrames, out, offset);
    }
    this.#silentFrames += 1;
    const over = probability < endBelow && this.#heldFrames >= pauseFrames;
    if (!over && this.#heldFrames < this.#room - 1) return 0;
    this.#open = false;
    this.#onset = 0;
    const passed = this.#release(Math.min(paddingFrames, this.#heldFrames), out, offset);
    this.#keepLast(paddingFrames);
    return passed;
  }

  #hold(frame: Float32Array): void {
    this.#held.set(frame.subarray(0, SILERO_FRAME), this.#heldFrames * SILERO_FRAME);
    this.#heldFrames += 1;
  }

  /** Lets the oldest frames that wait pass. */
  #release(frames: number, out: Float32Array, offset: number): number {
    const samples = frames * SILERO_FRAME;
    out.set(this.#held.subarray(0, samples), offset);
    this.#held.copyWithin(0, samples, this.#heldFrames * SILERO_FRAME);
    this.#heldFrames -= frames;
    return samples;
  }

  #keepLast(frames: number): void {
    if (this.#heldFrames <= frames) return;
    this.#held.copyWithin(
      0,
      (this.#heldFrames - frames) * SILERO_FRAME,
      this.#heldFrames * SILERO_FRAME,
    );
    this.#heldFrames = frames;
  }
}

/** Frames that one frame can let pass at most, with default options. */
export const MOST_PASSED_FRAMES = MOST_DOUBTFUL + 1;
