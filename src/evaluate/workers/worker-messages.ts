import type { VoiceprintErrorCode } from '../../errors.js';
import type { FileEmbedderOptions } from './file-embedder.js';
import type { AudioFile, FileOutcome, Length } from './file-embedding.js';

/** What the evaluating process sends to one of its workers. */
export type ToWorker =
  | { readonly kind: 'open'; readonly options: FileEmbedderOptions }
  | { readonly kind: 'embed'; readonly file: AudioFile; readonly lengths: readonly Length[] };

/** What a worker sends back: one message per message. */
export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'outcome'; readonly outcome: FileOutcome }
  | {
      readonly kind: 'failed';
      readonly code: VoiceprintErrorCode | undefined;
      readonly message: string;
    };

/** The hidden option under which the program starts itself as a worker. */
export const WORKER_FLAG = '--worker';

/** Arguments of a worker; the command asks for a list and a folder, which a worker does not use. */
export const WORKER_ARGUMENTS = ['evaluate', WORKER_FLAG, '--trials', '-', '--root', '-'] as const;
