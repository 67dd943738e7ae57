/** What a screen reader is told changes at most so often, however often the truth does. */
const CALM_MILLISECONDS = 3000;

/** Lets through what holds after a while: what was overtaken meanwhile is never said. */
export class Announcer {
  readonly #say: (words: string) => void;
  #saidAt = Number.NEGATIVE_INFINITY;
  #said = '';
  #next = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (words: string) => void) {
    this.#say = say;
  }

  announce(words: string): void {
    this.#next = words;
    if (this.#timer !== undefined) return;
    const wait = this.#saidAt + CALM_MILLISECONDS - performance.now();
    if (wait <= 0) this.#speak();
    else this.#timer = setTimeout(() => this.#speak(), wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#next === this.#said) return;
    this.#said = this.#next;
    this.#saidAt = performance.now();
    this.#say(this.#said);
  }
}
