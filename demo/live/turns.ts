import type { StreamScore, StreamTurn } from 'voiceprint-web';

/** Pauses that are shorter belong to the turn around them. */
const PAUSE_SECONDS = 0.6;

interface OpenTurn {
  start: number;
  end: number;
  decision: StreamTurn['decision'];
  speaker: string | undefined;
}

/** Who spoke when, so far: made from the scores, as a stream tells its own turns at its end only. */
export class Turns {
  readonly #turns: OpenTurn[] = [];
  #speech = 0;
  #at = 0;

  get list(): readonly StreamTurn[] {
    return this.#turns;
  }

  /** Seconds until which somebody was heard. */
  get end(): number {
    return this.#turns.at(-1)?.end ?? 0;
  }

  add({ atSeconds, speechSeconds, decision, speaker }: StreamScore): void {
    // The speech since the last score lies at the end of the time since then.
    const elapsed = Math.max(0, atSeconds - this.#at);
    const speech = Math.min(elapsed, Math.max(0, speechSeconds - this.#speech));
    this.#at = atSeconds;
    this.#speech = speechSeconds;
    if (speech === 0) return;
    const last = this.#turns.at(-1);
    const start = Math.max(last?.end ?? 0, atSeconds - speech);
    const joined = last !== undefined && start - last.end < PAUSE_SECONDS;
    if (joined && last.decision === decision && last.speaker === speaker) last.end = atSeconds;
    else {
      const from = joined ? last.end : start;
      this.#turns.push({ start: from, end: atSeconds, decision, speaker });
    }
  }

  /** Replaces what was gathered by what the stream itself says. */
  settle(turns: readonly StreamTurn[]): void {
    this.#turns.splice(0, this.#turns.length, ...turns.map((turn) => ({ ...turn })));
  }

  /** The turn at a moment, if somebody spoke then. */
  at(seconds: number): StreamTurn | undefined {
    let low = 0;
    let high = this.#turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#turns[middle]?.end ?? 0) < seconds) low = middle + 1;
      else high = middle;
    }
    const turn = this.#turns[low];
    return turn && turn.start <= seconds ? turn : undefined;
  }

  /** Index of the first turn that ends after a moment. */
  indexFrom(seconds: number): number {
    let index = this.#turns.length;
    while (index > 0 && (this.#turns[index - 1]?.end ?? 0) > seconds) index -= 1;
    return index;
  }

  /** Seconds that each speaker spoke; `undefined` stands for nobody who is enrolled. */
  shares(): ReadonlyMap<string | undefined, number> {
    const shares = new Map<string | undefined, number>();
    for (const { start, end, decision, speaker } of this.#turns) {
      if (decision === 'unknown') continue;
      shares.set(speaker, (shares.get(speaker) ?? 0) + end - start);
    }
    return shares;
  }

  clear(): void {
    this.#turns.length = 0;
    this.#speech = 0;
    this.#at = 0;
  }
}
