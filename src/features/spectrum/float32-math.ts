const { fround } = Math;

/*
 * Float32 functions as torch's CPU kernels compute them, to the bit: SLEEF's polynomials, accurate
 * to 1 ulp, so that now and then the neighbour of the correctly rounded value comes out. A mel edge
 * that is one ulp off moves a filter's weights by 1e-5; a window value that is one ulp off shows in
 * bins far below a frame's peak. Coefficients: SLEEF `sleefsimdsp.c` (`expkf`, `xlogf_u1`,
 * `xcosf_u1`).
 */

/** `torch.pow(base, exponent)` for float32 values, base > 0; 0 stays 0. */
export function power(base: number, exponent: number): number {
  if (base === 0) return 0;
  const log = Math.log(base) * exponent;
  const twos = Math.round(log * Math.LOG2E);
  const rest = log - twos * Math.LN2;
  const tail = polynomial(fround(rest), EXP_COEFFICIENTS);
  return fround(1 + rest + rest * rest * tail) * 2 ** twos;
}

/** `torch.log(value)` of a float32 value >= 1. */
export function naturalLog(value: number): number {
  const twos = Math.floor(Math.log2(value / 0.75));
  const mantissa = value / 2 ** twos;
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = fround(fround(ratio) * fround(ratio));
  const tail = fround(fround(square * fround(ratio)) * polynomial(square, LOG_COEFFICIENTS));
  return fround(Math.LN2 * twos + 2 * ratio + tail);
}

/** `torch.cos(angle)` of a float32 angle up to 125. */
export function cosine(angle: number): number {
  const quarters = 2 * Math.round(angle / Math.PI - 0.5) + 1;
  const rest = angle - (quarters * Math.PI) / 2;
  const square = rest * rest;
  const tail = polynomial(fround(square), SIN_COEFFICIENTS);
  const sine = rest * (1 + square * (fround(SIN_CUBE) + fround(tail * fround(square))));
  return fround((quarters & 2) === 0 ? -sine : sine);
}

/** Highest power first. */
const EXP_COEFFICIENTS = [
  0.0013632464688271284, 0.00836596917361021, 0.04167108237743378, 0.16666552424430847,
  0.49999985098838806,
];
const LOG_COEFFICIENTS = [0.3027294874, 0.3996108174, 0.666669488];
const SIN_COEFFICIENTS = [2.6083159809786594e-6, -0.00019810690719168633, 0.00833307858556509];
const SIN_CUBE = -0.16666659712791443;

/** Horner's scheme with fused steps in float32. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => fround(sum * x + fround(coefficient)), 0);
}
