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
  AS_NORM_DEFAULTS,
  type Cohort,
  type CohortStatistics,
  createCohort,
  normalizeScore,
} from '../scoring/as-norm.js';
export {
  BOOTSTRAP_DEFAULTS,
  type BootstrapOptions,
  bootstrapIntervals,
  type Interval,
  type TrialSpeakers,
} from '../scoring/bootstrap.js';
export {
  applyCalibration,
  type Calibration,
  type CalibrationEntry,
  calibrationAt,
} from '../scoring/calibration.js';
export { cosine } from '../scoring/cosine.js';
export { DET_DEFAULTS, type DetPoint, detCurve, probit } from '../scoring/det-curve.js';
export {
  actualDetectionCost,
  bayesThreshold,
  type CostModel,
  minimumDetectionCost,
  REPORTED_PRIORS,
} from '../scoring/detection-cost.js';
export { equalErrorRate } from '../scoring/equal-error-rate.js';
export {
  CALIBRATION_DEFAULTS,
  type CalibrationOptions,
  type CalibrationTrials,
  fitCalibration,
} from '../scoring/fit-calibration.js';
export { llrCost, minimumLlrCost } from '../scoring/llr-cost.js';
export {
  forEachOperatingPoint,
  type RankedTrials,
  rankTrials,
  type TrialWeights,
} from '../scoring/ranked-trials.js';
export {
  type MeasuredThreshold,
  supportedFalseAcceptRate,
  thresholdAtFalseAcceptRate,
} from '../scoring/thresholds.js';
export { readTrialList, type TrialList } from '../scoring/trial-list.js';
export { speakersOfTrials } from '../scoring/trial-speakers.js';
