import { readFile } from 'node:fs/promises';
import { decodeInNode } from '../../audio/decode-node.js';
import { SAMPLE_RATE } from '../../audio/limits.js';
import { speechOnly } from '../../audio/speech-segments.js';
import { VoiceprintError } from '../../errors.js';
import { openEngine } from '../../verifier/engine.js';

/** How much of the start of each file is embedded: so many seconds, or `null` for all of it. */
export type Length = number | null;

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
  embed(path: string, lengths: readonly Length[]): Promise<FileOutcome>;
  close(): Promise<void>;
}

/** What an embedder is opened with; plain, so that it can be sent to another process. */
export interface FileEmbedderOptions {
  /** A name in `models/`, a model folder, or a URL. */
  readonly model: string;
  /** Leave pauses out before lengths are cut, as the verifier does. */
  readonly speechOnly: boolean;
}

/** An embedder in this process: one WebAssembly thread, as several processes share the cores. */
export async function openFileEmbedder(options: FileEmbedderOptions): Promise<FileEmbedder> {
  const engine = await openEngine({ model: options.model, backend: 'wasm', threads: 1 });
  return {
    async embed(path, lengths) {
      try {
        const samples = await decodeInNode(await readFile(path));
        const speech = options.speechOnly
          ? speechOnly(samples, (await engine.analyse(samples)).quality.segments)
          : samples;
        return {
          kind: 'embedded',
          embeddings: await embedLengths(speech, lengths, async (piece) => {
            return (await engine.embed(piece)).values;
          }),
        };
      } catch (error) {
        // The file is at fault only where audio could not be used; all else ends the run.
        if (error instanceof VoiceprintError && error.code.startsWith('audio/')) {
          return { kind: 'unreadable', reason: error.message };
        }
        throw error;
      }
    },
    close: () => engine.dispose(),
  };
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
