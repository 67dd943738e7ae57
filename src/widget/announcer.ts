/** Between two announcements of what changes by itself, in milliseconds. */
const CALM_MILLISECONDS = 4000;

/**
 * Keeps a screen reader from being talked over. What the person did is said at once; what changes
 * by itself waits its turn, and what was overtaken meanwhile is never said.
 */
export class Announcer {
  readonly #say: (words: string) => void;
  #saidAt = Number.NEGATIVE_INFINITY;
  #next = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (words: string) => void) {
    this.#say = say;
  }

  say(words: string): void {
    this.#next = words;
    this.#speak();
  }

  sayInTurn(words: string): void {
    this.#next = words;
    if (this.#timer !== undefined) return;
    const wait = this.#saidAt + CALM_MILLISECONDS - performance.now();
    if (wait <= 0) this.#speak();
    else this.#timer = setTimeout(() => this.#speak(), wait);
  }

  /** Says nothing more of what waits. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak(): void {
    this.stop();
    this.#saidAt = performance.now();
    this.#say(this.#next);
  }
}
