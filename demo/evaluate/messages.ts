import type {
  EvaluatedModel,
  Evaluation,
  FileEmbedding,
  Length,
  SkippedFile,
} from 'voiceprint-web/report';

/** What is known of a trial list before anything is embedded. */
export interface ListContents {
  readonly name: string;
  readonly files: readonly string[];
  readonly trials: number;
  readonly targets: number;
  readonly duplicates: number;
}

/** What the page asks of the worker, which keeps the list: one list and one evaluation at a time. */
export type EvaluateRequest =
  | { readonly type: 'read'; readonly name: string; readonly file: Blob }
  | {
      readonly type: 'measure';
      readonly lengths: readonly Length[];
      readonly embeddings: readonly (readonly FileEmbedding[] | undefined)[];
      readonly skipped: readonly SkippedFile[];
      readonly model: Omit<EvaluatedModel, 'normalization'>;
      readonly normalization:
        | { readonly top: number; readonly cohort: readonly Float32Array[] }
        | undefined;
      readonly speechOnly: boolean;
      readonly program: string;
    }
  | { readonly type: 'scores' };

/** A finished report: to be shown, and as the files that can be taken along. */
export interface FinishedReport {
  readonly evaluation: Evaluation;
  readonly body: string;
  readonly styles: string;
  readonly page: Blob;
}

export type EvaluateReply =
  | { readonly type: 'read'; readonly contents: ListContents }
  | { readonly type: 'measuring'; readonly done: number; readonly total: number }
  | { readonly type: 'measured'; readonly report: FinishedReport }
  | { readonly type: 'scores'; readonly file: Blob }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string };
