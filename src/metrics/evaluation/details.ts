import { applyCalibration, type Calibration } from '../../scoring/calibration.js';
import { type DetPoint, detCurve } from '../det-curve.js';
import { REPORTED_PRIORS } from '../detection-cost.js';
import { rankTrials } from '../ranked-trials.js';
import type { DurationErrors } from './duration-errors.js';
import type { Figures } from './figures.js';
import { type ScoreHistogram, scoreHistogram } from './histogram.js';
import type { ListSummary } from './list-summary.js';
import {
  type CostPoint,
  cheapestPoint,
  equalErrorPoint,
  type OperatingPoint,
} from './operating-points.js';
import { type ReliabilityBin, reliabilityBins } from './reliability.js';
import type { Length, ScoredTrials } from './scored-trials.js';
import type { SpeakerErrors } from './speaker-errors.js';
import type { StatedThresholdCheck, ThresholdOnList } from './threshold-checks.js';
import type { WorstTrials } from './worst-trials.js';

/** What a report shows of one length. */
export interface LengthDetails {
  /** Seconds that both sides were cut to; null for whole recordings. */
  readonly length: Length;
  /** EER and the rest. */
  readonly figures: Figures;
  /** Trials with less audio than the length on a side: they are scored on what there is. */
  readonly shorter: number;
  /** Where both error rates are equal. */
  readonly equalError: OperatingPoint;
  /** Where the detection cost is least, by prior. */
  readonly cheapest: readonly CostPoint[];
  /** From accepting everything to accepting nothing; without points of rate 0 or 1. */
  readonly det: readonly DetPoint[];
  /** How scores are spread. */
  readonly histogram: ScoreHistogram;
  /** Null where the model carries no calibration. */
  readonly reliability: readonly ReliabilityBin[] | null;
}

/** What a report shows of one kind of score; all but `lengths` is of the longest length. */
export interface ScaleDetails {
  /** Which scores. */
  readonly scale: 'cosine' | 'as-norm';
  /** By length, as they were asked for. */
  readonly lengths: readonly LengthDetails[];
  /** Thresholds that this list supports. */
  readonly thresholds: readonly ThresholdOnList[];
  /** What the model's own thresholds do on this list. */
  readonly statedThresholds: readonly StatedThresholdCheck[];
  /** At the threshold of equal error, as are the errors of the speakers. */
  readonly durations: readonly DurationErrors[];
  /** Errors by person, the worst first. */
  readonly speakers: readonly SpeakerErrors[];
  /** The trials that were furthest off. */
  readonly worst: WorstTrials;
}

/** What a report shows beside the figures; plain JSON. */
export interface EvaluationDetails {
  /** What the trial list holds. */
  readonly list: ListSummary;
  /** On cosines. */
  readonly cosine: ScaleDetails;
  /** Null where the model does not normalise scores. */
  readonly normalized: ScaleDetails | null;
}

/** How `bySeconds` calls a length. */
export function lengthName(length: Length): string {
  return length === null ? 'full' : String(length);
}

/** Gathers what a report shows of one length. */
export function lengthDetails(
  length: Length,
  scored: ScoredTrials,
  figures: Figures,
  calibration: Calibration,
): LengthDetails {
  const ranked = rankTrials(scored.scores, scored.labels);
  return {
    length,
    figures,
    shorter: length === null ? 0 : countBelow(scored.seconds, length),
    equalError: equalErrorPoint(ranked),
    cheapest: REPORTED_PRIORS.map((targetPrior) => cheapestPoint(ranked, { targetPrior })),
    det: detCurve(ranked).filter(
      ({ falseAcceptProbit, missProbit }) =>
        Number.isFinite(falseAcceptProbit) && Number.isFinite(missProbit),
    ),
    histogram: scoreHistogram(ranked),
    reliability:
      calibration.length === 0
        ? null
        : reliabilityBins(
            rankTrials(
              scored.scores.map((score, i) =>
                applyCalibration(calibration, score, scored.seconds[i] ?? 0),
              ),
              scored.labels,
            ),
          ),
  };
}

function countBelow(seconds: Float64Array, length: number): number {
  let count = 0;
  // Half a frame of tolerance: cut audio is of the length to a sample.
  for (const value of seconds) if (value < length - 0.005) count++;
  return count;
}
