import { forEachOperatingPoint, type RankedTrials } from './ranked-trials.js';

/** One point of a DET curve. */
export interface DetPoint {
  /** Score from which a trial is accepted. */
  readonly threshold: number;
  /** 0 to 1. */
  readonly falseAcceptRate: number;
  /** Share of targets below the threshold, 0 to 1. */
  readonly missRate: number;
  /** Both rates on the axes of a DET plot, in standard deviations; infinite at rates 0 and 1. */
  readonly falseAcceptProbit: number;
  /** Probit of the miss rate: the ordinate of a DET plot. */
  readonly missProbit: number;
}

/** Defaults of {@link detCurve}. */
export const DET_DEFAULTS = {
  /** Enough for a plot; the smallest rates are kept whatever the number of trials. */
  maximumPoints: 500,
} as const;

/**
 * The trade between misses and false accepts (Martin et al., "The DET curve in assessment of
 * detection task performance", 1997): rates at each threshold, thinned to points that lie apart
 * on probit axes.
 */
export function detCurve(
  trials: RankedTrials,
  options: { readonly maximumPoints?: number } = {},
): readonly DetPoint[] {
  const maximumPoints = options.maximumPoints ?? DET_DEFAULTS.maximumPoints;
  // The axes span about 8 standard deviations each, and a monotonic curve walks both once.
  const step = 16 / maximumPoints;
  const points: DetPoint[] = [];
  forEachOperatingPoint(trials, (threshold, missRate, falseAcceptRate) => {
    const last = points.at(-1);
    const point = {
      threshold,
      falseAcceptRate,
      missRate,
      falseAcceptProbit: probit(falseAcceptRate),
      missProbit: probit(missRate),
    };
    if (last === undefined || !(distance(last, point) < step)) points.push(point);
  });
  return points;
}

function distance(a: DetPoint, b: DetPoint): number {
  return along(a.falseAcceptProbit, b.falseAcceptProbit) + along(a.missProbit, b.missProbit);
}

function along(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b);
}

const CENTRE_NUMERATOR = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const CENTRE_DENOMINATOR = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
];
const TAIL_NUMERATOR = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_DENOMINATOR = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
];
const TAIL_BELOW = 0.02425;

/**
 * The standard normal quantile, to a relative error of 1.2e-9 (P. J. Acklam's rational
 * approximation). -Infinity at 0, Infinity at 1, NaN outside.
 */
export function probit(probability: number): number {
  if (probability === 0) return Number.NEGATIVE_INFINITY;
  if (probability === 1) return Number.POSITIVE_INFINITY;
  if (!(probability > 0 && probability < 1)) return Number.NaN;
  if (probability > 1 - TAIL_BELOW) return -probit(1 - probability);
  if (probability < TAIL_BELOW) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(TAIL_NUMERATOR, q) / polynomial(TAIL_DENOMINATOR, q);
  }
  const q = probability - 0.5;
  return (q * polynomial(CENTRE_NUMERATOR, q * q)) / polynomial(CENTRE_DENOMINATOR, q * q);
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
