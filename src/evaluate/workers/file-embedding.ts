import type { FileEmbedding, Length } from '../../metrics/evaluation/scored-trials.js';

export type { FileEmbedding, Length };

/** The path of one recording, or of several that are embedded as if they were one. */
export type AudioFile = string | readonly string[];

/** What became of one file: an embedding per length asked for, or why there is none. */
export type FileOutcome =
  | { readonly kind: 'embedded'; readonly embeddings: readonly FileEmbedding[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Embeds files one after the other. */
export interface FileEmbedder {
  embed(file: AudioFile, lengths: readonly Length[]): Promise<FileOutcome>;
  close(): Promise<void>;
}
