/**
 * Cosine of two embeddings of a self-check. Unlike scoring's, it gives NaN for zero vectors, values
 * that are not finite and missing values instead of refusing them: that is a check that failed, not
 * a caller's mistake.
 *
 * @returns -1 to 1, or NaN.
 */
export function looseCosine(a: Float32Array, b: ArrayLike<number>): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? Number.NaN;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return dot / Math.sqrt(squareA * squareB);
}
