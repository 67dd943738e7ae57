import { VoiceprintError } from '../errors.js';

/**
 * Cosine of the angle between two embeddings.
 *
 * @returns -1 to 1; 1 for embeddings of the same direction.
 * @throws VoiceprintError `scoring/invalid` for embeddings of different sizes, empty ones, zero
 *   vectors, and values that are not finite.
 */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw new VoiceprintError(
      'scoring/invalid',
      `cannot compare an embedding of ${a.length} values with one of ${b.length}; embed both with the same model`,
    );
  }
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    product += x * y;
    squaresOfA += x * x;
    squaresOfB += y * y;
  }
  const norms = Math.sqrt(squaresOfA) * Math.sqrt(squaresOfB);
  if (!(norms > 0 && norms < Number.POSITIVE_INFINITY)) {
    throw new VoiceprintError(
      'scoring/invalid',
      `an embedding is ${describeNorms(squaresOfA, squaresOfB)}; embed audio that holds speech`,
    );
  }
  // Rounding may leave the range by an ulp, which would surprise Math.acos and checks.
  return Math.min(1, Math.max(-1, product / norms));
}

/**
 * The embeddings at length 1, so that their dot product is their cosine.
 *
 * @throws VoiceprintError `scoring/invalid` as {@link cosine}.
 */
export function unitLength(embedding: Float32Array): Float32Array {
  let squares = 0;
  for (const value of embedding) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) {
    throw new VoiceprintError(
      'scoring/invalid',
      `an embedding is ${describeNorms(squares, 1)}; embed audio that holds speech`,
    );
  }
  return embedding.map((value) => value / norm);
}

/**
 * The mean of several embeddings at length 1; its dot product with another such mean is the mean of
 * all cosines between the two.
 *
 * @throws VoiceprintError `scoring/invalid` for none, embeddings of different sizes, and as
 *   {@link unitLength}.
 */
export function meanOfUnits(embeddings: readonly Float32Array[]): Float32Array {
  const [only] = embeddings;
  if (only === undefined) {
    throw new VoiceprintError('scoring/invalid', 'there is no embedding to compare; give one');
  }
  if (embeddings.length === 1) return unitLength(only);
  const mean = new Float32Array(only.length);
  for (const embedding of embeddings) {
    if (embedding.length !== only.length) {
      throw new VoiceprintError(
        'scoring/invalid',
        `embeddings of ${only.length} and ${embedding.length} values cannot be averaged; embed all with one model`,
      );
    }
    const unit = unitLength(embedding);
    for (let i = 0; i < unit.length; i++)
      mean[i] = (mean[i] ?? 0) + (unit[i] ?? 0) / embeddings.length;
  }
  return mean;
}

/** Dot product of two embeddings that {@link unitLength} made. */
export function dot(a: Float32Array, b: Float32Array): number {
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] ?? 0) * (b[i] ?? 0);
  return product;
}

function describeNorms(...squares: readonly number[]): string {
  return squares.includes(0) ? 'empty or all zero' : 'not finite (NaN or infinite values)';
}
