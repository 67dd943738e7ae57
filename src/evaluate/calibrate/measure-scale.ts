import { fitCalibration } from '../../metrics/fit-calibration.js';
import { llrCost, minimumLlrCost } from '../../metrics/llr-cost.js';
import { rankTrials } from '../../metrics/ranked-trials.js';
import { supportedFalseAcceptRate, thresholdAtFalseAcceptRate } from '../../metrics/thresholds.js';
import type { Manifest } from '../../models/manifest.js';
import type { Cohort } from '../../scoring/as-norm.js';
import type { Calibration } from '../../scoring/calibration.js';
import { applyCalibration } from '../../scoring/calibration.js';
import {
  type EmbeddedList,
  type LabelledScores,
  pooledScores,
  scoresAt,
  scoresAtEveryLength,
} from './score-list.js';

/** Rates that thresholds are offered for, as far as the trials support them. */
export const FALSE_ACCEPT_RATES = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001] as const;

/** What a threshold does on one list. */
export interface ErrorsOnList {
  readonly list: string;
  readonly falseAcceptRate: number;
  readonly falseRejectRate: number;
}

/** A threshold of the manifest, and what it does on each list by itself. */
export interface ThresholdOnLists {
  readonly threshold: Manifest['thresholds'][number];
  readonly lists: readonly ErrorsOnList[];
}

/** What a calibration costs on a list that it was not fitted on. */
export interface CalibrationLoss {
  readonly list: string;
  /** Seconds that both sides were cut to, null for whole utterances. */
  readonly seconds: number | null;
  readonly cllr: number;
  readonly minCllr: number;
}

/** Thresholds and calibration of one kind of score: cosines, or cosines that were normalised. */
export interface MeasuredScale {
  readonly thresholds: readonly ThresholdOnLists[];
  /** Fitted on all lists. */
  readonly calibration: Calibration;
  /** By list, whole utterances: what the best calibration would reach. */
  readonly least: readonly { readonly list: string; readonly minCllr: number }[];
  /** By list and length, fitted on the other lists; empty where there is one list only. */
  readonly across: readonly CalibrationLoss[];
}

/**
 * Measures thresholds on whole utterances and fits a calibration on every length.
 *
 * @param lists - Embedded without their pauses, which is what a verifier scores.
 * @param cohort - Normalises the scores; cosines without it.
 * @throws VoiceprintError `scoring/invalid` for lists of one class, or of scores that separate
 *   nothing.
 */
export function measureScale(
  lists: readonly EmbeddedList[],
  cohort: Cohort | undefined,
): MeasuredScale {
  const everyLength = lists.map((list) => scoresAtEveryLength(list, cohort));
  const whole = lists.map((list) => scoresAt(list, longestOf(list), cohort));
  return {
    thresholds: thresholdsOf(lists, whole),
    least: whole.map(({ scores, labels }, i) => ({
      list: lists[i]?.name ?? '',
      minCllr: minimumLlrCost(rankTrials(scores, labels)),
    })),
    calibration: fitCalibration(pooledScores(everyLength)),
    across: lists.length < 2 ? [] : judgeAcross(lists, everyLength, cohort),
  };
}

/** What a calibration makes of scored trials: Cllr, and the least that any calibration reaches. */
export function calibrationCosts(
  { scores, labels, seconds }: LabelledScores,
  calibration: Calibration,
): { readonly cllr: number; readonly minCllr: number } {
  const llrs = scores.map((score, i) => applyCalibration(calibration, score, seconds[i] ?? 0));
  return {
    cllr: llrCost(rankTrials(llrs, labels)),
    minCllr: minimumLlrCost(rankTrials(scores, labels)),
  };
}

/** Share of the trials of either class that are wrong at a threshold. */
export function errorsAt({ scores, labels }: LabelledScores, threshold: number) {
  const shareAccepted = (label: number) => {
    const chosen = scores.filter((_, i) => labels[i] === label);
    return chosen.filter((score) => score >= threshold).length / chosen.length;
  };
  return { falseAcceptRate: shareAccepted(0), falseRejectRate: 1 - shareAccepted(1) };
}

/** The longest length of a list, which is that of whole files where they were embedded. */
export function longestOf({ lengths }: EmbeddedList): number | null {
  return lengths.includes(null) ? null : Math.max(...lengths.map((length) => length ?? 0));
}

/**
 * The threshold of a rate is the highest that any list needs: pooled trials would let a large easy
 * list hide what happens on a small hard one. No rate is offered that a list cannot support.
 */
function thresholdsOf(
  lists: readonly EmbeddedList[],
  whole: readonly LabelledScores[],
): readonly ThresholdOnLists[] {
  const ranked = whole.map(({ scores, labels }) => rankTrials(scores, labels));
  const supported = FALSE_ACCEPT_RATES.filter((rate) =>
    ranked.every(({ nontargets }) => rate >= supportedFalseAcceptRate(nontargets)),
  );
  return supported.map((rate) => {
    const { score, falseRejectRate, targets, nontargets } = ranked
      .map((trials) => thresholdAtFalseAcceptRate(trials, rate))
      .reduce((strictest, other) => (other.score > strictest.score ? other : strictest));
    const threshold = {
      falseAcceptRate: rate,
      score: rounded(score),
      falseRejectRate: rounded(falseRejectRate),
      targets,
      nontargets,
    };
    return {
      threshold,
      lists: whole.map((scores, i) => ({
        list: lists[i]?.name ?? '',
        ...errorsAt(scores, threshold.score),
      })),
    };
  });
}

function judgeAcross(
  lists: readonly EmbeddedList[],
  everyLength: readonly LabelledScores[],
  cohort: Cohort | undefined,
): readonly CalibrationLoss[] {
  return lists.flatMap((judged, i) => {
    const calibration = fitCalibration(pooledScores(everyLength.filter((_, j) => j !== i)));
    return judged.lengths.map((seconds) => ({
      list: judged.name,
      seconds,
      ...calibrationCosts(scoresAt(judged, seconds, cohort), calibration),
    }));
  });
}

/** Digits enough for any score, few enough to read. */
export function rounded(value: number): number {
  return Number(value.toFixed(5));
}
