/** Tells how long work will take, from how long it took so far. */
export class TimeLeft {
  #start: number | undefined;
  #counted = 0;

  /** Counts a piece of work that took time, as of now. */
  count(now: number): void {
    this.#counted += 1;
    this.#start ??= now;
  }

  begin(now: number): void {
    this.#start = now;
    this.#counted = 0;
  }

  /** @returns seconds, or undefined while there is too little to tell by. */
  left(remaining: number, now: number): number | undefined {
    if (this.#start === undefined || this.#counted < 3) return undefined;
    return (((now - this.#start) / this.#counted) * remaining) / 1000;
  }
}

/** `about 3 min left`. */
export function timeLeftWords(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}
