/** What is going on while a model loads; `done` counts from 0 to 1 within the stage. */
export interface LoadProgress {
  /** In this order; a stage may be left out. */
  readonly stage: 'manifest' | 'model' | 'backend' | 'self-check' | 'ready';
  /** 0 to 1 within the stage. */
  readonly done: number;
  /** Bytes so far, while `stage` is `'model'`. */
  readonly bytes?: number;
  /** Bytes in all, while `stage` is `'model'`. */
  readonly totalBytes?: number;
  /** True when the bytes came from the local cache. */
  readonly cached?: boolean;
}
