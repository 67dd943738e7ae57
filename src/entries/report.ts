/**
 * `voiceprint-web/report`: from embeddings of a trial list to figures, and from figures to one
 * self-contained page of HTML. Pure functions that run in a page, in a worker and in Node.
 *
 * ```ts
 * const measured = evaluateEmbeddings({ list, lengths, embeddings, skipped: [], model, speechOnly: false });
 * const html = reportPage({ ...measured, about: { list: 'trials.txt', date: new Date().toISOString() } });
 * ```
 *
 * @packageDocumentation
 */
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export type {
  EvaluationDetails,
  LengthDetails,
  ScaleDetails,
} from '../metrics/evaluation/details.js';
export type { DurationErrors } from '../metrics/evaluation/duration-errors.js';
export {
  type EvaluatedModel,
  type Evaluation,
  type EvaluationInput,
  evaluateEmbeddings,
  type MeasuredEvaluation,
  REPORTED_LENGTHS,
  type SkippedFile,
} from '../metrics/evaluation/evaluation.js';
export { type Figures, figuresOf, refuseOneClass } from '../metrics/evaluation/figures.js';
export type { ScoreHistogram } from '../metrics/evaluation/histogram.js';
export type { ListSummary } from '../metrics/evaluation/list-summary.js';
export type { CostPoint, OperatingPoint } from '../metrics/evaluation/operating-points.js';
export type { ReliabilityBin } from '../metrics/evaluation/reliability.js';
export {
  type FileEmbedding,
  type Length,
  type ScoredTrials,
  scoreTrials,
} from '../metrics/evaluation/scored-trials.js';
export { scoresCsv } from '../metrics/evaluation/scores-csv.js';
export type { SpeakerErrors } from '../metrics/evaluation/speaker-errors.js';
export type {
  StatedThreshold,
  StatedThresholdCheck,
  ThresholdOnList,
} from '../metrics/evaluation/threshold-checks.js';
export type { NamedTrial, WorstTrials } from '../metrics/evaluation/worst-trials.js';
export { readTrialList, type TrialList } from '../metrics/trial-list.js';
export { reportBody, reportPage } from '../report/report.js';
export { REPORT_STYLES } from '../report/styles.js';
export type { Report, ReportAbout } from '../report/types.js';
export { type Cohort, createCohort } from '../scoring/as-norm.js';
