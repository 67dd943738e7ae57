import { fitCalibration } from '../../metrics/fit-calibration.js';
import { llrCost, minimumLlrCost } from '../../metrics/llr-cost.js';
import { rankTrials } from '../../metrics/ranked-trials.js';
import type { Threshold } from '../../models/thresholds.js';
import type { Cohort } from '../../scoring/as-norm.js';
import type { Calibration } from '../../scoring/calibration.js';
import { applyCalibration } from '../../scoring/calibration.js';
import { measureThresholds } from './measure-thresholds.js';
import {
  type EmbeddedList,
  type LabelledScores,
  pooledScores,
  scoresAt,
  scoresAtEveryLength,
} from './score-list.js';

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
  /** From the laxest rate to the strictest; empty where no list is big enough. */
  readonly thresholds: readonly Threshold[];
  /** Fitted on all lists. */
  readonly calibration: Calibration;
  /** By list, whole utterances: what the best calibration would reach. */
  readonly least: readonly { readonly list: string; readonly minCllr: number }[];
  /** By list and length, fitted on the other lists; empty where there is one list only. */
  readonly across: readonly CalibrationLoss[];
}

/**
 * Measures thresholds and fits a calibration on every length.
 *
 * @param lists - Embedded without their pauses, which is what a verifier scores.
 * @param cohort - Normalises the scores; cosines without it.
 * @param minimumSeconds - Speech that a verifier asks for: thresholds hold from this length on.
 * @throws VoiceprintError `scoring/invalid` for lists of one class, or of scores that separate
 *   nothing.
 */
export function measureScale(
  lists: readonly EmbeddedList[],
  cohort: Cohort | undefined,
  minimumSeconds: number,
): MeasuredScale {
  const everyLength = lists.map((list) => scoresAtEveryLength(list, cohort));
  const whole = lists.map((list) => scoresAt(list, longestOf(list), cohort));
  return {
    thresholds: measureThresholds(lists, cohort, minimumSeconds),
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

/** The longest length of a list, which is that of whole files where they were embedded. */
export function longestOf({ lengths }: EmbeddedList): number | null {
  return lengths.includes(null) ? null : Math.max(...lengths.map((length) => length ?? 0));
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
