import { type Calibration, calibrationAt } from './calibration.js';
import { UNCALIBRATED_SCALE } from './decision-threshold.js';
import type { Trial } from './trial.js';

/**
 * How probable it is, before anything is heard, that whoever speaks is none of several people who
 * are listened for. The others share the rest alike.
 */
export const STRANGER_PRIOR = 0.9;

/**
 * Who of several people speaks, if any of them.
 *
 * With N people an impostor has N chances, so that a threshold made for one of them is passed up to
 * N times as often. Here each person's likelihood ratio is weighed against a stranger's, by Bayes'
 * rule: the prior of a stranger is {@link STRANGER_PRIOR}, or as much higher as it takes for the
 * asked false-accept rate to hold for all N together (an N-th of the rate for each: the union
 * bound). Named is the most probable person, if they are more probable than a stranger. One person
 * alone is decided by the threshold itself, as in a verification.
 */
export interface Among {
  /** Position of the person who is named; undefined for somebody else. */
  readonly speaker: number | undefined;
  /**
   * How probable it is that each of them speaks, 0 to 1, in the order of the trials; with
   * {@link nobody} they add up to 1. Undefined without calibration.
   */
  readonly posterior: readonly number[] | undefined;
  /** How probable it is that none of them speaks, 0 to 1; undefined without calibration. */
  readonly nobody: number | undefined;
  /**
   * Natural-log odds of each against a stranger: a person may be named from 0 on. Without calibration
   * a cosine counts {@link UNCALIBRATED_SCALE} for each 1 above what is needed.
   */
  readonly odds: readonly number[];
}

/** What {@link among} weighs trials by. */
export interface AmongOptions {
  readonly calibration: Calibration;
  /**
   * The score that one of so many people needs for the asked rate to hold for all of them; undefined
   * where no rate is known, or there is one person only.
   */
  readonly needed: number | undefined;
  /** Prior of somebody else, above 0 and below 1. */
  readonly strangerPrior: number;
}

/** @see {@link Among} */
export function among(trials: readonly Trial[], options: AmongOptions): Among {
  const { calibration } = options;
  const calibrated = calibration.length > 0;
  const odds = trials.map((trial) => oddsOf(trial, trials.length, options));
  const best = odds.reduce((top, value, i) => (value > (odds[top] ?? -Infinity) ? i : top), 0);
  const named = (odds[best] ?? -1) >= 0;
  const total = logSum([0, ...odds]);
  return {
    speaker: named ? best : undefined,
    posterior: calibrated ? odds.map((value) => Math.exp(value - total)) : undefined,
    nobody: calibrated ? Math.exp(-total) : undefined,
    odds,
  };
}

function oddsOf(
  { score, threshold, llr, seconds }: Trial,
  people: number,
  { calibration, needed, strangerPrior }: AmongOptions,
): number {
  const scale =
    calibration.length === 0 ? UNCALIBRATED_SCALE : calibrationAt(calibration, seconds).scale;
  // What the rate asks for. A threshold of the caller's has no rate: it is raised by a calibrated
  // likelihood ratio's own bound, which falls by a factor of N over log N.
  const share =
    needed ?? threshold + (people > 1 && llr !== undefined ? Math.log(people) / scale : 0);
  const byRate = scale * (score - share);
  if (people < 2 || llr === undefined) return byRate;
  const byPrior = llr - Math.log((strangerPrior / (1 - strangerPrior)) * people);
  return Math.min(byRate, byPrior);
}

/** Logarithm of the sum of exponentials, without overflow. */
function logSum(values: readonly number[]): number {
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}
