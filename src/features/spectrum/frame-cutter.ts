import type { Recipe } from '../recipe.js';

/** Samples that are laid out at once: half a second at 16 kHz. */
const BLOCK = 8192;

/**
 * Cuts samples, given in pieces of any length, into the frames of one utterance. It holds the
 * samples that the next frame still needs and nothing else, in one buffer of fixed size.
 */
export class FrameCutter {
  readonly #recipe: Recipe;
  readonly #wave: Float64Array;
  /** Wave samples that stay: the mirrored tail is made from them. */
  readonly #kept: number;
  #filled = 0;
  /** Where the next frame starts in the wave; beyond `#filled` where hops are wider than frames. */
  #next = 0;
  #samples = 0;
  #frames = 0;
  #previous = 0;

  constructor(recipe: Recipe) {
    const { padding, span } = recipe;
    this.#recipe = recipe;
    this.#kept = padding.kind === 'mirror' ? padding.samples + 1 : 0;
    this.#wave = new Float64Array(Math.max(span, this.#kept) + 2 * padding.samples + BLOCK);
    this.reset();
  }

  /** Starts the next utterance. */
  reset(): void {
    this.#wave.fill(0, 0, this.#recipe.padding.samples);
    this.#filled = this.#recipe.padding.samples;
    this.#next = 0;
    this.#samples = 0;
    this.#frames = 0;
    this.#previous = 0;
    this.#recipe.begin();
  }

  /** Frames of a whole utterance of so many samples. */
  framesOf(samples: number): number {
    return this.#countFrames(samples, 2);
  }

  /** Frames that pushing so many samples will give. */
  framesOfPush(samples: number): number {
    return this.#countFrames(this.#samples + samples, 1) - this.#frames;
  }

  /** Frames that the padding after the last sample will give. */
  framesOfFlush(): number {
    return this.framesOf(this.#samples) - this.#frames;
  }

  /**
   * Writes the frames that these samples complete.
   *
   * @param out - Room for `framesOfPush` frames from the value `at` on.
   * @returns their number.
   */
  push(samples: Float32Array, out: Float32Array, at: number): number {
    const before = this.#frames;
    let written = at;
    for (let from = 0; from < samples.length; ) {
      if (this.#filled === this.#wave.length) this.#makeRoom();
      const to = Math.min(samples.length, from + this.#wave.length - this.#filled);
      this.#append(samples, from, to);
      from = to;
      written = this.#cut(out, written);
    }
    return this.#frames - before;
  }

  /** Writes the frames that reach beyond the last sample; only `reset` may follow. */
  flush(out: Float32Array, at: number): void {
    const { padding, minimumSamples } = this.#recipe;
    if (padding.kind === 'none' || this.#samples < minimumSamples) return;
    if (this.#filled + padding.samples > this.#wave.length) this.#makeRoom();
    const wave = this.#wave;
    const end = this.#filled;
    wave.fill(0, end, end + padding.samples);
    if (padding.kind === 'mirror') {
      for (let i = 0; i < padding.samples; i++) wave[end + i] = wave[end - 2 - i] ?? 0;
    }
    this.#filled += padding.samples;
    this.#cut(out, at);
  }

  /** Frames of an utterance of so many samples with the padding of so many of its ends. */
  #countFrames(samples: number, ends: number): number {
    const { span, hop, padding, minimumSamples } = this.#recipe;
    if (samples < minimumSamples) return 0;
    return Math.max(0, 1 + Math.floor((samples + ends * padding.samples - span) / hop));
  }

  #append(samples: Float32Array, from: number, to: number): void {
    const { emphasis, padding } = this.#recipe;
    const wave = this.#wave;
    let at = this.#filled;
    let previous = this.#previous;
    for (let i = from; i < to; i++) {
      const sample = samples[i] ?? 0;
      wave[at++] = sample - emphasis * previous;
      previous = sample;
    }
    if (padding.kind === 'mirror' && this.#samples < 2 && this.#samples + to - from >= 2) {
      // The second sample stands before the first one too.
      const second = samples[from + 1 - this.#samples] ?? 0;
      wave[padding.samples] = (wave[padding.samples] ?? 0) - emphasis * second;
    }
    this.#previous = previous;
    this.#samples += to - from;
    this.#filled = at;
  }

  #cut(out: Float32Array, at: number): number {
    const { span, hop, bands, minimumSamples } = this.#recipe;
    if (this.#samples < minimumSamples) return at;
    if (this.#frames === 0) this.#mirrorHead();
    let written = at;
    for (; this.#next + span <= this.#filled; this.#next += hop) {
      this.#recipe.frame(this.#wave, this.#next, out, written);
      this.#frames++;
      written += bands;
    }
    return written;
  }

  #mirrorHead(): void {
    const { padding } = this.#recipe;
    if (padding.kind !== 'mirror') return;
    const wave = this.#wave;
    for (let i = 1; i <= padding.samples; i++) {
      wave[padding.samples - i] = wave[padding.samples + i] ?? 0;
    }
  }

  #makeRoom(): void {
    const done = Math.max(0, Math.min(this.#next, this.#filled - this.#kept));
    this.#wave.copyWithin(0, done, this.#filled);
    this.#filled -= done;
    this.#next -= done;
  }
}
