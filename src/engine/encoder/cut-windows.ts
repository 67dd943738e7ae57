/** Where one window of a longer signal starts and ends, in samples. */
export interface SpeechWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * The longest stretch that is embedded in one run, in seconds. Memory of a run grows with its
 * length; an encoder trained on crops of a few seconds gains nothing from more.
 */
export const WINDOW_SECONDS = 20;

/**
 * The same for a causal encoder, which pools over all that a stream heard: cut only where memory
 * demands it (15 MB for each layer's output).
 */
export const CAUSAL_WINDOW_SECONDS = 300;

/**
 * Cuts a signal into equally long windows of at most `longest` samples each, so that no short
 * rest is left over to be embedded badly.
 */
export function cutWindows(length: number, longest: number): readonly SpeechWindow[] {
  const count = Math.max(1, Math.ceil(length / longest));
  const edge = (i: number): number => Math.round((i * length) / count);
  return Array.from({ length: count }, (_, i) => ({ start: edge(i), end: edge(i + 1) }));
}

/** Adds up embeddings of windows, each length-normalised and weighted by its duration. */
export interface EmbeddingMean {
  add(embedding: Float32Array, weight: number): void;
  /** The weighted mean: at most 1 long, and shorter the less the windows agree. */
  result(): Float32Array;
}

/** @param size - Values per embedding. */
export function embeddingMean(size: number): EmbeddingMean {
  const sum = new Float64Array(size);
  let weights = 0;
  return {
    add(embedding, weight) {
      let squares = 0;
      for (const value of embedding) squares += value * value;
      const scale = squares > 0 ? weight / Math.sqrt(squares) : 0;
      for (const [i, value] of embedding.entries()) sum[i] = (sum[i] ?? 0) + scale * value;
      weights += weight;
    },
    result: () => Float32Array.from(sum, (value) => value / weights),
  };
}
