/** The last samples of a stream, in one ring that never grows. */
export class SpeechWindow {
  readonly #ring: Float32Array;
  readonly #joined: Float32Array;
  #next = 0;
  #length = 0;

  /** @param size - Samples that are kept. */
  constructor(size: number) {
    this.#ring = new Float32Array(size);
    this.#joined = new Float32Array(size);
  }

  /** Samples in it. */
  get length(): number {
    return this.#length;
  }

  push(samples: Float32Array): void {
    const size = this.#ring.length;
    const kept = samples.length > size ? samples.subarray(samples.length - size) : samples;
    const first = Math.min(kept.length, size - this.#next);
    this.#ring.set(kept.subarray(0, first), this.#next);
    this.#ring.set(kept.subarray(first), 0);
    this.#next = (this.#next + kept.length) % size;
    this.#length = Math.min(size, this.#length + kept.length);
  }

  /** Everything in it, oldest first: a view that is valid until the next call. */
  read(): Float32Array {
    const size = this.#ring.length;
    const start = (this.#next - this.#length + size) % size;
    const first = Math.min(this.#length, size - start);
    this.#joined.set(this.#ring.subarray(start, start + first), 0);
    this.#joined.set(this.#ring.subarray(0, this.#length - first), first);
    return this.#joined.subarray(0, this.#length);
  }

  /** Forgets all but the last samples. */
  keepLast(length: number): void {
    this.#length = Math.min(this.#length, length);
  }
}
