import { SAMPLE_RATE } from '../../audio/limits.js';

/** How much of the start of each file is embedded: so many seconds, or `null` for all of it. */
export type Length = number | null;

/** The path of one recording, or of several that are embedded as if they were one. */
export type AudioFile = string | readonly string[];

/** An embedding and how much audio it was made of. */
export interface FileEmbedding {
  readonly seconds: number;
  readonly values: Float32Array;
}

/** What became of one file: an embedding per length asked for, or why there is none. */
export type FileOutcome =
  | { readonly kind: 'embedded'; readonly embeddings: readonly FileEmbedding[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Embeds files one after the other. */
export interface FileEmbedder {
  embed(file: AudioFile, lengths: readonly Length[]): Promise<FileOutcome>;
  close(): Promise<void>;
}

/** Embeds the start of a signal at several lengths, each distinct stretch once. */
export async function embedLengths(
  samples: Float32Array,
  lengths: readonly Length[],
  embed: (samples: Float32Array) => Promise<Float32Array>,
): Promise<readonly FileEmbedding[]> {
  const bySize = new Map<number, Promise<Float32Array>>();
  const embeddings: FileEmbedding[] = [];
  for (const length of lengths) {
    const wanted = length === null ? samples.length : Math.round(length * SAMPLE_RATE);
    const size = Math.min(samples.length, wanted);
    const values = bySize.get(size) ?? embed(samples.slice(0, size));
    bySize.set(size, values);
    embeddings.push({ seconds: size / SAMPLE_RATE, values: await values });
  }
  return embeddings;
}
