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
export { type Cohort, createCohort } from '../scoring/as-norm.js';
export { readTrialList, type TrialList } from '../scoring/trial-list.js';
export type { EvaluationDetails, LengthDetails, ScaleDetails } from './details.js';
export type { DurationErrors } from './duration-errors.js';
export {
  type EvaluatedModel,
  type Evaluation,
  type EvaluationInput,
  evaluateEmbeddings,
  type MeasuredEvaluation,
  REPORTED_LENGTHS,
  type SkippedFile,
} from './evaluation.js';
export { type Figures, figuresOf, refuseOneClass } from './figures.js';
export type { ScoreHistogram } from './histogram.js';
export {
  REPORT_STYLES,
  type Report,
  type ReportAbout,
  reportBody,
  reportPage,
} from './html/report.js';
export type { ListSummary } from './list-summary.js';
export type { CostPoint, OperatingPoint } from './operating-points.js';
export type { ReliabilityBin } from './reliability.js';
export {
  type FileEmbedding,
  type Length,
  type ScoredTrials,
  scoreTrials,
} from './scored-trials.js';
export { scoresCsv } from './scores-csv.js';
export type { SpeakerErrors } from './speaker-errors.js';
export type { StatedThreshold, StatedThresholdCheck, ThresholdOnList } from './threshold-checks.js';
export type { NamedTrial, WorstTrials } from './worst-trials.js';
