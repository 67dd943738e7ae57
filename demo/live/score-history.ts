import type { StreamScore } from 'voiceprint-web';

/** Scores that are kept: more than a minute of them at the highest rate that is offered. */
const CAPACITY = 2048;

/** A stretch without scores that is longer is a pause of speech, and not drawn over. */
export const GAP_SECONDS = 1.1;

/**
 * The scores of the last minutes, in rings that are written in place: drawing reads them sixty
 * times a second and must not make anything that has to be collected.
 */
export class ScoreHistory {
  readonly #times = new Float64Array(CAPACITY);
  readonly #scores: Float32Array;
  readonly #speakers: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  #written = 0;
  /** The score from which a speaker is accepted; NaN before the first score. */
  threshold = Number.NaN;

  /** @param range - Both ends of the axis that scores are drawn on. */
  constructor(
    speakers: readonly string[],
    readonly range: readonly [number, number],
  ) {
    this.#speakers = speakers;
    this.#places = new Map(speakers.map((speaker, place) => [speaker, place]));
    this.#scores = new Float32Array(CAPACITY * speakers.length);
  }

  /** Indices of {@link timeAt} and {@link scoreAt} run from `first` up to, not including, `end`. */
  get first(): number {
    return Math.max(0, this.#written - CAPACITY);
  }

  get end(): number {
    return this.#written;
  }

  add(event: StreamScore): void {
    const place = this.#written % CAPACITY;
    this.#times[place] = event.atSeconds;
    const row = place * this.#speakers.length;
    this.#scores.fill(Number.NaN, row, row + this.#speakers.length);
    for (const { speaker, score } of event.candidates) {
      const column = this.#places.get(speaker);
      if (column !== undefined) this.#scores[row + column] = score;
    }
    this.threshold = event.threshold;
    this.#written += 1;
  }

  timeAt(index: number): number {
    return this.#times[index % CAPACITY] ?? 0;
  }

  /** NaN where the speaker had no score. */
  scoreAt(index: number, speaker: number): number {
    return this.#scores[(index % CAPACITY) * this.#speakers.length + speaker] ?? Number.NaN;
  }

  /** Index of the first score at or after a time; `end` when there is none. */
  indexFrom(seconds: number): number {
    let low = this.first;
    let high = this.#written;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  clear(): void {
    this.#written = 0;
  }
}
