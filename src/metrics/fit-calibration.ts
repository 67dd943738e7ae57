import { VoiceprintError } from '../errors.js';
import type { Calibration, CalibrationEntry } from '../scoring/calibration.js';
import { softplus } from './llr-cost.js';

/** Scored trials to fit a calibration on. */
export interface CalibrationTrials {
  /** One per trial, on the scale that is calibrated. */
  readonly scores: ArrayLike<number>;
  /** 1 for a target trial, 0 for a nontarget one. */
  readonly labels: ArrayLike<number>;
  /** Speech of the shorter side of each trial; needed to fit by duration. */
  readonly seconds?: ArrayLike<number>;
}

/** Options of {@link fitCalibration}; the defaults are {@link CALIBRATION_DEFAULTS}. */
export interface CalibrationOptions {
  /** Prior of a target trial around which the fit should be best. @defaultValue 0.1 */
  readonly prior?: number;
  /** Upper edges of the duration ranges in seconds, ascending; a last one without limit is added. */
  readonly edges?: readonly number[];
  /** A range with fewer trials of either class is fitted together with the next. @defaultValue 50 */
  readonly minimumTrials?: number;
}

/** Defaults of {@link fitCalibration}. */
export const CALIBRATION_DEFAULTS = {
  prior: 0.1,
  /**
   * One word or two, and everything else. Narrower ranges fit the list that they came from: with
   * `[1.5, 2.5, 4]` whole utterances lost 0.08 bits on the other development list, so 0.04.
   */
  edges: [1.5],
  minimumTrials: 50,
} as const satisfies Required<CalibrationOptions>;

// In standard deviations of the scores, where a usual scale is 1 to 5: it costs a usual fit
// nothing, and keeps the scale of perfectly separated scores finite.
const RIDGE = 1e-6;
const MAXIMUM_STEPS = 100;

/**
 * Fits calibrations by duration with prior-weighted logistic regression (Brümmer and du Preez,
 * 2006), each by Newton's method.
 *
 * @throws VoiceprintError `scoring/invalid` for trials of one class only, scores that are not
 *   finite, edges that do not rise, or scores of which lower ones mean the same speaker.
 */
export function fitCalibration(
  trials: CalibrationTrials,
  options: CalibrationOptions = {},
): Calibration {
  const { prior, edges, minimumTrials } = { ...CALIBRATION_DEFAULTS, ...options };
  const limits = trials.seconds === undefined ? [] : edges;
  limits.forEach((edge, i) => {
    if (!(edge > (limits[i - 1] ?? 0))) {
      throw invalid(`the duration edges are ${limits.join(', ')}; give seconds that rise`);
    }
  });
  const { seconds } = trials;
  const entries: CalibrationEntry[] = [];
  let waiting: number[] = [];
  let from = 0;
  for (const limit of [...limits, null]) {
    const to = limit ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < trials.scores.length; i++) {
      const length = seconds?.[i] ?? 0;
      if (
        seconds === undefined ||
        (length > from && length <= to) ||
        (from === 0 && length === 0)
      ) {
        waiting.push(i);
      }
    }
    from = to;
    const targets = waiting.filter((i) => trials.labels[i] === 1).length;
    const enough = Math.min(targets, waiting.length - targets) >= minimumTrials;
    if (limit !== null && !enough) continue;
    if (limit === null && !enough && entries.length > 0) {
      // Too few long trials to say otherwise: what held for the range before them holds on.
      const last = entries.pop();
      if (last !== undefined) entries.push({ ...last, maximumSeconds: null });
      break;
    }
    entries.push({ maximumSeconds: limit, ...fitAffine(trials, waiting, prior) });
    waiting = [];
  }
  return entries;
}

/** Minimises prior * mean softplus(-(llr + logit)) + (1 - prior) * mean softplus(llr + logit). */
function fitAffine(
  trials: CalibrationTrials,
  chosen: readonly number[],
  prior: number,
): { scale: number; offset: number } {
  if (!(prior > 0 && prior < 1)) {
    throw invalid(`the prior is ${prior}; give a probability above 0 and below 1`);
  }
  const scores = Float64Array.from(chosen, (i) => Number(trials.scores[i]));
  const signs = Int8Array.from(chosen, (i) => (trials.labels[i] === 1 ? 1 : -1));
  const targets = signs.reduce((sum, sign) => sum + (sign === 1 ? 1 : 0), 0);
  const nontargets = signs.length - targets;
  if (targets === 0 || nontargets === 0) {
    throw invalid(
      `there are ${targets} target and ${nontargets} nontarget trials; calibration needs both`,
    );
  }
  const { mean, deviation } = spread(scores);
  const problem: Problem = {
    values: scores.map((score) => (score - mean) / deviation),
    signs,
    weights: { target: prior / targets, nontarget: (1 - prior) / nontargets },
    logit: Math.log(prior / (1 - prior)),
  };
  const { scale, offset } = newton(problem);
  if (!(scale > 0)) {
    throw invalid(
      'lower scores go with target trials; check that labels are 1 for the same speaker and that higher scores mean more alike',
    );
  }
  return { scale: scale / deviation, offset: offset - (scale * mean) / deviation };
}

interface Problem {
  readonly values: Float64Array;
  readonly signs: Int8Array;
  readonly weights: { readonly target: number; readonly nontarget: number };
  readonly logit: number;
}

interface Affine {
  readonly scale: number;
  readonly offset: number;
}

function newton(problem: Problem): Affine {
  let at: Affine = { scale: 0, offset: 0 };
  let loss = lossAt(problem, at);
  for (let iteration = 0; iteration < MAXIMUM_STEPS; iteration++) {
    const step = newtonStep(problem, at);
    let next = at;
    let nextLoss = loss;
    // Halved until it helps: a full step may overshoot where the loss is nearly flat.
    for (let size = 1; size > 1e-10; size /= 2) {
      next = { scale: at.scale + size * step.scale, offset: at.offset + size * step.offset };
      nextLoss = lossAt(problem, next);
      if (nextLoss < loss) break;
    }
    const gain = loss - nextLoss;
    if (!(gain > 0)) return at;
    at = next;
    loss = nextLoss;
    if (gain < 1e-14) return at;
  }
  return at;
}

function lossAt({ values, signs, weights, logit }: Problem, at: Affine): number {
  let loss = 0.5 * RIDGE * at.scale * at.scale;
  for (let i = 0; i < values.length; i++) {
    const sign = signs[i] ?? 1;
    const logOdds = at.scale * (values[i] ?? 0) + at.offset + logit;
    loss += (sign === 1 ? weights.target : weights.nontarget) * softplus(-sign * logOdds);
  }
  return loss;
}

function newtonStep({ values, signs, weights, logit }: Problem, at: Affine): Affine {
  let gradientScale = RIDGE * at.scale;
  let gradientOffset = 0;
  let scaleScale = RIDGE;
  let scaleOffset = 0;
  // So little that only a flat loss, which perfectly separated scores have, notices.
  let offsetOffset = 1e-12;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const sign = signs[i] ?? 1;
    const weight = sign === 1 ? weights.target : weights.nontarget;
    const logOdds = at.scale * value + at.offset + logit;
    const wrong = 1 / (1 + Math.exp(sign * logOdds));
    gradientScale -= weight * sign * wrong * value;
    gradientOffset -= weight * sign * wrong;
    const curvature = weight * wrong * (1 - wrong);
    scaleScale += curvature * value * value;
    scaleOffset += curvature * value;
    offsetOffset += curvature;
  }
  const determinant = scaleScale * offsetOffset - scaleOffset * scaleOffset;
  return {
    scale: (scaleOffset * gradientOffset - offsetOffset * gradientScale) / determinant,
    offset: (scaleOffset * gradientScale - scaleScale * gradientOffset) / determinant,
  };
}

function spread(scores: Float64Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const score of scores) sum += score;
  const mean = sum / scores.length;
  let squares = 0;
  for (const score of scores) squares += (score - mean) ** 2;
  const deviation = Math.sqrt(squares / scores.length);
  if (!Number.isFinite(deviation)) {
    throw invalid('a score is not finite; leave its trial out');
  }
  if (deviation === 0) throw invalid(`all scores are ${mean}; there is nothing to calibrate`);
  return { mean, deviation };
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
