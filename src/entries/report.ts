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
export type { EvaluationDetails, LengthDetails, ScaleDetails } from '../report/details.js';
export type { DurationErrors } from '../report/duration-errors.js';
export {
  type EvaluatedModel,
  type Evaluation,
  type EvaluationInput,
  evaluateEmbeddings,
  type MeasuredEvaluation,
  REPORTED_LENGTHS,
  type SkippedFile,
} from '../report/evaluation.js';
export { type Figures, figuresOf, refuseOneClass } from '../report/figures.js';
export type { ScoreHistogram } from '../report/histogram.js';
export {
  REPORT_STYLES,
  type Report,
  type ReportAbout,
  reportBody,
  reportPage,
} from '../report/html/report.js';
export type { ListSummary } from '../report/list-summary.js';
export type { CostPoint, OperatingPoint } from '../report/operating-points.js';
export type { ReliabilityBin } from '../report/reliability.js';
export {
  type FileEmbedding,
  type Length,
  type ScoredTrials,
  scoreTrials,
} from '../report/scored-trials.js';
export { scoresCsv } from '../report/scores-csv.js';
export type { SpeakerErrors } from '../report/speaker-errors.js';
export type {
  StatedThreshold,
  StatedThresholdCheck,
  ThresholdOnList,
} from '../report/threshold-checks.js';
export type { NamedTrial, WorstTrials } from '../report/worst-trials.js';
export { type Cohort, createCohort } from '../scoring/as-norm.js';
export { readTrialList, type TrialList } from '../scoring/trial-list.js';
