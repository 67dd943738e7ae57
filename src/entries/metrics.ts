/**
 * `voiceprint-web/metrics`: what tells whether a speaker verification system may be switched on.
 * Rank the scored trials once, then ask for any metric:
 *
 * ```ts
 * const trials = rankTrials(scores, labels);
 * equalErrorRate(trials);
 * thresholdAtFalseAcceptRate(trials, 0.01);
 * ```
 *
 * @packageDocumentation
 */
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export {
  BOOTSTRAP_DEFAULTS,
  type BootstrapOptions,
  bootstrapIntervals,
  type Interval,
  type TrialSpeakers,
} from '../metrics/bootstrap.js';
export {
  BOUND_DEFAULTS,
  type BoundOptions,
  boundedThresholds,
  falseAcceptBounds,
} from '../metrics/bounded-thresholds.js';
export { DET_DEFAULTS, type DetPoint, detCurve, probit } from '../metrics/det-curve.js';
export {
  actualDetectionCost,
  bayesThreshold,
  type CostModel,
  minimumDetectionCost,
  REPORTED_PRIORS,
} from '../metrics/detection-cost.js';
export { equalErrorRate } from '../metrics/equal-error-rate.js';
export {
  CALIBRATION_DEFAULTS,
  type CalibrationOptions,
  type CalibrationTrials,
  fitCalibration,
} from '../metrics/fit-calibration.js';
export { llrCost, minimumLlrCost } from '../metrics/llr-cost.js';
export {
  forEachOperatingPoint,
  type RankedTrials,
  rankTrials,
  type TrialWeights,
} from '../metrics/ranked-trials.js';
export {
  type MeasuredThreshold,
  supportedFalseAcceptRate,
  thresholdAtFalseAcceptRate,
} from '../metrics/thresholds.js';
export { readTrialList, type TrialList } from '../metrics/trial-list.js';
export { speakersOfTrials } from '../metrics/trial-speakers.js';
export { type Among, STRANGER_PRIOR } from '../scoring/among.js';
export {
  AS_NORM_DEFAULTS,
  type Cohort,
  type CohortStatistics,
  createCohort,
  normalizeScore,
} from '../scoring/as-norm.js';
export {
  applyCalibration,
  type Calibration,
  type CalibrationEntry,
  calibrationAt,
} from '../scoring/calibration.js';
export { cosine } from '../scoring/cosine.js';
export { type DecisionOptions, type Judge, type JudgedModel, judge } from '../scoring/judge.js';
export type { Trial, Voice } from '../scoring/trial.js';
