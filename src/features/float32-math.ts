const { fround } = Math;

/**
 * `torch.pow(10, y)` in float32, to the bit. Torch's CPU kernels take powers and logarithms from
 * SLEEF's polynomials (1.0 ulp), which now and then round to the neighbour of the true value; such
 * an edge moves weights of a mel filter by 1e-5, more than float32 arithmetic does.
 * Coefficients: SLEEF `sleefsimdsp.c`, `expkf`.
 *
 * @param exponent - a float32 value.
 */
export function powerOfTen(exponent: number): number {
  const log = Math.LN10 * exponent;
  const twos = Math.round(log * Math.LOG2E);
  const rest = log - twos * Math.LN2;
  const tail = polynomial(fround(rest), EXP_COEFFICIENTS);
  return fround(1 + rest + rest * rest * tail) * 2 ** twos;
}

/** `torch.log(x)` in float32, to the bit, for x >= 1; see {@link powerOfTen} (SLEEF `xlogf_u1`). */
export function naturalLog(value: number): number {
  const twos = Math.floor(Math.log2(value / 0.75));
  const mantissa = value / 2 ** twos;
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = fround(fround(ratio) * fround(ratio));
  const tail = fround(fround(square * fround(ratio)) * polynomial(square, LOG_COEFFICIENTS));
  return fround(Math.LN2 * twos + 2 * ratio + tail);
}

/** Highest power first. */
const EXP_COEFFICIENTS = [
  0.00136324646882712841, 0.0083659691736102104, 0.041671082377433777, 0.16666552424430847,
  0.49999985098838806,
];
const LOG_COEFFICIENTS = [0.3027294874, 0.3996108174, 0.666669488];

/** Horner's scheme with fused steps in float32. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => fround(sum * x + fround(coefficient)), 0);
}
