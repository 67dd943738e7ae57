import type { MeasuredEvaluation } from '../metrics/evaluation/evaluation.js';

/** Where figures come from, as the reader of a report has to know it. */
export interface ReportAbout {
  /** Name of the trial list. */
  readonly list: string;
  /** Of the trial list's file, in hexadecimal. */
  readonly listSha256?: string;
  /** When it was measured: an ISO 8601 date, with or without the time. */
  readonly date: string;
  /** What was typed to get it. */
  readonly command?: string;
  /** Program and version, backend, machine: as far as is known. */
  readonly program?: string;
}

/** Everything in a report; plain JSON. */
export interface Report extends MeasuredEvaluation {
  /** Where the figures come from. */
  readonly about: ReportAbout;
}
