import type { SpeechSegment } from '../types.js';

/** When speech begins and ends, by the detector's probability of speech in each frame. */
export interface SpeechDetectorOptions {
  /** Speech begins at this probability. @defaultValue 0.5 */
  readonly beginAt?: number;
  /** Speech may end below this probability, so that a soft syllable does not end it. @defaultValue 0.35 */
  readonly endBelow?: number;
  /** Pauses shorter than this many seconds stay inside a segment. @defaultValue 0.25 */
  readonly minimumPauseSeconds?: number;
  /** Segments shorter than this many seconds are taken for clicks. @defaultValue 0.2 */
  readonly minimumSpeechSeconds?: number;
  /** Seconds kept before and after each segment, for soft beginnings and endings. @defaultValue 0.05 */
  readonly paddingSeconds?: number;
}

/** Silero's own thresholds; the lengths keep syllables together and pauses out of a voiceprint. */
export const SPEECH_DETECTOR_DEFAULTS = {
  beginAt: 0.5,
  endBelow: 0.35,
  minimumPauseSeconds: 0.25,
  minimumSpeechSeconds: 0.2,
  paddingSeconds: 0.05,
} as const satisfies Required<SpeechDetectorOptions>;

/** Turns probabilities, frame by frame, into segments. Pure: no audio, no network. */
export class SpeechTracker {
  readonly #options: Required<SpeechDetectorOptions>;
  readonly #frameSeconds: number;
  readonly #closed: SpeechSegment[] = [];
  #frames = 0;
  #begin: number | undefined;
  #pauseBegin: number | undefined;

  constructor(frameSeconds: number, options: SpeechDetectorOptions = {}) {
    this.#frameSeconds = frameSeconds;
    this.#options = { ...SPEECH_DETECTOR_DEFAULTS, ...options };
  }

  /** Seconds heard so far. */
  get seconds(): number {
    return this.#frames * this.#frameSeconds;
  }

  /** Whether the last frame was inside speech (a short pause within it counts as speech). */
  get speaking(): boolean {
    return this.#begin !== undefined;
  }

  push(probability: number): void {
    const { beginAt, endBelow, minimumPauseSeconds } = this.#options;
    const now = this.seconds;
    this.#frames += 1;
    if (probability >= beginAt) this.#pauseBegin = undefined;
    if (this.#begin === undefined) {
      if (probability >= beginAt) this.#begin = now;
      return;
    }
    if (probability >= endBelow) return;
    this.#pauseBegin ??= now;
    if (this.seconds - this.#pauseBegin >= minimumPauseSeconds) this.#close(this.#pauseBegin);
  }

  /** Segments so far, in order; speech that still goes on is cut at this moment. */
  segments(totalSeconds = this.seconds): SpeechSegment[] {
    const open = this.#begin === undefined ? [] : this.#segment(this.#begin, this.#pauseBegin);
    return this.#pad([...this.#closed, ...open], totalSeconds);
  }

  #close(end: number): void {
    if (this.#begin !== undefined) this.#closed.push(...this.#segment(this.#begin, end));
    this.#begin = undefined;
    this.#pauseBegin = undefined;
  }

  #segment(start: number, end = this.seconds): SpeechSegment[] {
    return end - start >= this.#options.minimumSpeechSeconds ? [{ start, end }] : [];
  }

  #pad(segments: readonly SpeechSegment[], totalSeconds: number): SpeechSegment[] {
    const { paddingSeconds } = this.#options;
    const padded: SpeechSegment[] = [];
    for (const segment of segments) {
      const start = Math.max(0, segment.start - paddingSeconds);
      const end = Math.min(totalSeconds, segment.end + paddingSeconds);
      const last = padded.at(-1);
      if (last !== undefined && start <= last.end) {
        padded[padded.length - 1] = { start: last.start, end };
      } else if (end > start) padded.push({ start, end });
    }
    return padded;
  }
}
