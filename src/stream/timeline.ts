import type { StreamDecision, StreamTurn } from './types.js';

/** Stretches that are kept; of a stream of days the oldest are forgotten. */
const MOST_TURNS = 10_000;

/** Who was taken to speak when, as it was decided at the time. */
export class StreamTimeline {
  readonly #turns: StreamTurn[] = [];
  #open: StreamTurn | undefined;

  /** Somebody spoke from `start` to `end`, under this decision. */
  speech(start: number, end: number, decision: StreamDecision, speaker: string | undefined): void {
    const open = this.#open;
    if (open !== undefined && open.decision === decision && open.speaker === speaker) {
      this.#open = { ...open, end };
      return;
    }
    this.silence();
    this.#open = { start, end, decision, speaker };
  }

  /** Nobody speaks: the stretch ends. */
  silence(): void {
    if (this.#open === undefined) return;
    this.#turns.push(this.#open);
    if (this.#turns.length > MOST_TURNS) this.#turns.shift();
    this.#open = undefined;
  }

  /** All stretches so far, in order. */
  turns(): readonly StreamTurn[] {
    return this.#open === undefined ? [...this.#turns] : [...this.#turns, this.#open];
  }

  clear(): void {
    this.#turns.length = 0;
    this.#open = undefined;
  }
}
