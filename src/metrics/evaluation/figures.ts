import { VoiceprintError } from '../../errors.js';
import { applyCalibration, type Calibration } from '../../scoring/calibration.js';
import { bootstrapIntervals, type Interval, type TrialSpeakers } from '../bootstrap.js';
import { actualDetectionCost, minimumDetectionCost, REPORTED_PRIORS } from '../detection-cost.js';
import { equalErrorRate } from '../equal-error-rate.js';
import { llrCost, minimumLlrCost } from '../llr-cost.js';
import { type RankedTrials, rankTrials, type TrialWeights } from '../ranked-trials.js';
import type { TrialList } from '../trial-list.js';
import { speakersOfTrials } from '../trial-speakers.js';
import { type ScoredTrials, speakersOfScored } from './scored-trials.js';

/** A detection cost for each prior of `REPORTED_PRIORS`, by its text. */
type CostsByPrior = Readonly<Record<string, number>>;

/** What is reported about one list at one length; rates from 0 to 1. */
export interface Figures {
  /** All trials. */
  readonly trials: number;
  /** Trials of one person. */
  readonly targets: number;
  /** Equal error rate, 0 to 1. */
  readonly eer: number;
  /** By target prior, both costs 1. */
  readonly minDcf: CostsByPrior;
  /** Null where the model carries no calibration, as are `cllr` and their intervals. */
  readonly actDcf: CostsByPrior | null;
  /** Cost of the calibrated likelihood ratios in bits, from 0; null without a calibration. */
  readonly cllr: number | null;
  /** Cllr under the best monotone calibration of these very trials, in bits. */
  readonly minCllr: number;
  /** 95 % by speaker; of an `eer` of 0, from 0 to what the rule of three cannot exclude. */
  readonly intervals: {
    /** Of the equal error rate. */
    readonly eer: Interval;
    /** Of the least detection costs, by prior. */
    readonly minDcf: Readonly<Record<string, Interval>>;
    /** Of the actual detection costs, by prior. */
    readonly actDcf: Readonly<Record<string, Interval>> | null;
    /** Of Cllr. */
    readonly cllr: Interval | null;
    /** Of the least Cllr. */
    readonly minCllr: Interval;
  };
}

/**
 * All figures of a scored list.
 *
 * @param calibration - The model's; empty where it has none.
 * @param everyone - Who speaks in the trials of the list, where that is known already.
 * @throws VoiceprintError `trials/malformed` when only one class of trials is left.
 */
export function figuresOf(
  list: TrialList,
  scored: ScoredTrials,
  calibration: Calibration,
  everyone: TrialSpeakers = speakersOfTrials(list),
): Figures {
  const { scores, labels, seconds } = scored;
  refuseOneClass(labels);
  const ranked = rankTrials(scores, labels);
  const speakers = speakersOfScored(scored, everyone);
  const uncalibrated = {
    eer: equalErrorRate,
    minCllr: minimumLlrCost,
    ...byPrior(
      (targetPrior) => (trials: RankedTrials, weights?: TrialWeights) =>
        minimumDetectionCost(trials, { targetPrior }, weights),
    ),
  };
  const intervals: Record<string, Interval> = bootstrapIntervals(ranked, speakers, uncalibrated);
  const none: Interval = [Number.NaN, Number.NaN];
  const shared = {
    trials: labels.length,
    targets: ranked.targets,
    eer: equalErrorRate(ranked),
    minDcf: byPrior((targetPrior) => minimumDetectionCost(ranked, { targetPrior })),
    minCllr: minimumLlrCost(ranked),
  };
  const sharedIntervals = {
    eer: shared.eer === 0 ? unseen(ranked) : (intervals.eer ?? none),
    minDcf: byPrior((prior) => intervals[String(prior)] ?? none),
    minCllr: intervals.minCllr ?? none,
  };
  if (calibration.length === 0) {
    return {
      ...shared,
      actDcf: null,
      cllr: null,
      intervals: { ...sharedIntervals, actDcf: null, cllr: null },
    };
  }
  const llrs = rankTrials(
    scores.map((score, i) => applyCalibration(calibration, score, seconds[i] ?? 0)),
    labels,
  );
  const calibrated: Record<string, Interval> = bootstrapIntervals(llrs, speakers, {
    cllr: llrCost,
    ...byPrior(
      (targetPrior) => (trials: RankedTrials, weights?: TrialWeights) =>
        actualDetectionCost(trials, { targetPrior }, weights),
    ),
  });
  return {
    ...shared,
    actDcf: byPrior((targetPrior) => actualDetectionCost(llrs, { targetPrior })),
    cllr: llrCost(llrs),
    intervals: {
      ...sharedIntervals,
      actDcf: byPrior((prior) => calibrated[String(prior)] ?? none),
      cllr: calibrated.cllr ?? none,
    },
  };
}

/** Drawing from trials without an error never draws one, which says nothing of other trials. */
function unseen({ targets, nontargets }: RankedTrials): Interval {
  return [0, Math.min(1, 3 / Math.min(targets, nontargets))];
}

/** @throws VoiceprintError `trials/malformed` unless there are both target and nontarget trials. */
export function refuseOneClass(labels: Uint8Array): void {
  const targets = labels.reduce((sum, label) => sum + label, 0);
  if (targets > 0 && targets < labels.length) return;
  throw new VoiceprintError(
    'trials/malformed',
    labels.length === 0
      ? 'of no trials can there be error rates: no trial has both of its files; check the folder'
      : `of ${labels.length} trials ${targets} are target trials; error rates need both target and nontarget trials`,
  );
}

function byPrior<Value>(valueAt: (prior: number) => Value): Record<string, Value> {
  return Object.fromEntries(REPORTED_PRIORS.map((prior) => [String(prior), valueAt(prior)]));
}
