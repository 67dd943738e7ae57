/** Writes whose times are remembered one by one; older ones are told as their neighbour's. */
const MARKS = 256;

/**
 * Audio that waits: a ring of samples that grows only when one push is larger than it, and knows
 * when each sample came. Allocates nothing in steady state.
 */
export class SampleQueue {
  #ring: Float32Array;
  #read = 0;
  #length = 0;
  /** Samples that were ever written. */
  #written = 0;
  readonly #markEnds = new Float64Array(MARKS);
  readonly #markTimes = new Float64Array(MARKS);
  #firstMark = 0;
  #marks = 0;

  /** @param room - Samples that it holds without growing. */
  constructor(room: number) {
    this.#ring = new Float32Array(room);
  }

  /** Samples that wait. */
  get length(): number {
    return this.#length;
  }

  /** @param time - When they came, in milliseconds of any clock. */
  write(samples: Float32Array, time: number): void {
    this.#makeRoom(this.#length + samples.length);
    const size = this.#ring.length;
    const next = (this.#read + this.#length) % size;
    const first = Math.min(samples.length, size - next);
    this.#ring.set(samples.subarray(0, first), next);
    this.#ring.set(samples.subarray(first), 0);
    this.#length += samples.length;
    this.#written += samples.length;
    this.#mark(time);
  }

  /**
   * Takes the oldest samples out.
   *
   * @returns how many, at most as many as `into` holds.
   */
  read(into: Float32Array): number {
    const count = Math.min(into.length, this.#length);
    const first = Math.min(count, this.#ring.length - this.#read);
    into.set(this.#ring.subarray(this.#read, this.#read + first), 0);
    into.set(this.#ring.subarray(0, count - first), first);
    this.drop(count);
    return count;
  }

  /** Forgets the oldest samples. */
  drop(count: number): void {
    const dropped = Math.min(count, this.#length);
    this.#read = (this.#read + dropped) % this.#ring.length;
    this.#length -= dropped;
  }

  /** When the sample that was taken out last came; `otherwise` before any. */
  lastReadTime(otherwise: number): number {
    const position = this.#written - this.#length;
    while (this.#marks > 1 && (this.#markEnds[this.#firstMark] ?? 0) < position) {
      this.#firstMark = (this.#firstMark + 1) % MARKS;
      this.#marks -= 1;
    }
    return this.#marks === 0 ? otherwise : (this.#markTimes[this.#firstMark] ?? otherwise);
  }

  clear(): void {
    this.drop(this.#length);
  }

  #mark(time: number): void {
    const full = this.#marks === MARKS;
    const at = (this.#firstMark + this.#marks - (full ? 1 : 0)) % MARKS;
    this.#markEnds[at] = this.#written;
    this.#markTimes[at] = time;
    if (!full) this.#marks += 1;
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#ring.length) return;
    const larger = new Float32Array(Math.max(needed, this.#ring.length * 2));
    const length = this.#length;
    const count = this.read(larger.subarray(0, length));
    this.#ring = larger;
    this.#read = 0;
    this.#length = count;
  }
}
