import { VoiceprintError } from '../../errors.js';
import type { Threshold } from '../../models/thresholds.js';
import { bootstrapIntervals, type Interval, type TrialSpeakers } from '../bootstrap.js';
import { type RankedTrials, type TrialWeights, totalWeights } from '../ranked-trials.js';
import {
  type MeasuredThreshold,
  supportedFalseAcceptRate,
  thresholdAtFalseAcceptRate,
} from '../thresholds.js';
import { errorsAt, firstAccepted } from './operating-points.js';

/** False-accept rates that a report looks for thresholds at. */
const REPORTED_FALSE_ACCEPT_RATES = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001] as const;

/** A false-accept rate, and the threshold that reaches it on the list, if the list can tell. */
export interface ThresholdOnList {
  /** The rate that the threshold was asked for. */
  readonly falseAcceptRate: number;
  /** Null where the trials do not support the rate, or ties keep it out of reach. */
  readonly measured: MeasuredThreshold | null;
  /** Nontarget trials that the rule of three asks for. */
  readonly needed: number;
}

/** A threshold that the model ships with. */
export type StatedThreshold = Pick<Threshold, 'falseAcceptRate' | 'score'>;

/** What a threshold of the model does on this list. */
export interface StatedThresholdCheck {
  /** The threshold as the model states it, with the false-accept rate that it promises. */
  readonly stated: StatedThreshold;
  /** How many nontargets were accepted. */
  readonly falseAccepts: number;
  /** How many targets were rejected. */
  readonly missed: number;
  /** Share of nontargets that were accepted on this list, 0 to 1; the promised one is in `stated`. */
  readonly falseAcceptRate: number;
  /** Share of targets that were rejected, 0 to 1. */
  readonly missRate: number;
  /** 95 % by speaker; with no error seen, from 0 to the rule of three. */
  readonly falseAcceptInterval: Interval;
  /** 95 % by speaker; with no miss seen, from 0 to the rule of three. */
  readonly missInterval: Interval;
}

/** Thresholds by false-accept rate, as far as the list supports them. */
export function thresholdsOnList(trials: RankedTrials): readonly ThresholdOnList[] {
  return REPORTED_FALSE_ACCEPT_RATES.map((falseAcceptRate) => {
    const needed = Math.ceil(3 / falseAcceptRate);
    const supported = falseAcceptRate >= supportedFalseAcceptRate(trials.nontargets);
    return {
      falseAcceptRate,
      needed,
      measured: supported ? reachable(trials, falseAcceptRate) : null,
    };
  });
}

function reachable(trials: RankedTrials, rate: number): MeasuredThreshold | null {
  try {
    return thresholdAtFalseAcceptRate(trials, rate);
  } catch (error) {
    if (error instanceof VoiceprintError && error.code === 'scoring/invalid') return null;
    throw error;
  }
}

/** Judges each threshold of a model on the list, with intervals. */
export function checkStatedThresholds(
  trials: RankedTrials,
  speakers: TrialSpeakers,
  thresholds: readonly StatedThreshold[],
): readonly StatedThresholdCheck[] {
  if (thresholds.length === 0) return [];
  const intervals = bootstrapIntervals(
    trials,
    speakers,
    Object.fromEntries(
      thresholds.flatMap(({ score }, i) => {
        const first = firstAccepted(trials, score);
        return [
          [`accept${i}`, weightedShare(0, first, trials.scores.length)],
          [`miss${i}`, weightedShare(1, 0, first)],
        ];
      }),
    ),
  );
  return thresholds.map((stated, i) => {
    const { missed, accepted } = errorsAt(trials, stated.score);
    return {
      stated,
      falseAccepts: accepted,
      missed,
      falseAcceptRate: accepted / trials.nontargets,
      missRate: missed / trials.targets,
      falseAcceptInterval:
        accepted === 0
          ? [0, Math.min(1, 3 / trials.nontargets)]
          : (intervals[`accept${i}`] ?? [0, 1]),
      missInterval:
        missed === 0 ? [0, Math.min(1, 3 / trials.targets)] : (intervals[`miss${i}`] ?? [0, 1]),
    };
  });
}

/** The share of one class with ranks from `from` up to `to`. */
function weightedShare(label: 0 | 1, from: number, to: number) {
  return (trials: RankedTrials, weights: TrialWeights): number => {
    const totals = totalWeights(trials, weights);
    let sum = 0;
    for (let rank = from; rank < to; rank++) {
      if (trials.labels[rank] === label) sum += weights[rank] ?? 0;
    }
    return sum / (label === 1 ? totals.targets : totals.nontargets);
  };
}
