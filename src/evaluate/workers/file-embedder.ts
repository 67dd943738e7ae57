import { readFile } from 'node:fs/promises';
import { decodeInNode } from '../../audio/decode/decode-node.js';
import { SAMPLE_RATE } from '../../audio/limits.js';
import { centred } from '../../audio/offset.js';
import { openEngine } from '../../engine/open-engine.js';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { AudioFile, FileEmbedder, Length } from './file-embedding.js';

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
  const hash = engine.models[0]?.sha256 ?? '';
  return {
    async embed(file, lengths) {
      try {
        const longest = longestOf(lengths);
        const samples = await decodeJoined(file, longest);
        const { pieces } = await engine.hear(
          options.speechOnly ? samples : samples.subarray(0, Math.ceil(longest * SAMPLE_RATE)),
          {
            detect: options.speechOnly,
            cut: { kind: 'starts', seconds: lengths },
            unusable: true,
          },
        );
        const embeddings = pieces.map(({ seconds, embeddings }) => ({
          seconds,
          values: embeddings.get(hash) ?? new Float32Array(),
        }));
        return { kind: 'embedded', embeddings };
      } catch (error) {
        // The file is at fault only where audio could not be used; all else ends the run.
        if (error instanceof VoiceprintError && error.code.startsWith('audio/')) {
          return { kind: 'unreadable', reason: error.message };
        }
        throw error;
      }
    },
    close: async () => engine[asyncDispose](),
  };
}

/** Recordings are joined until there is this share more than needed: some of it is pauses. */
const SPARE = 1.5;

/**
 * The audio of one recording, or of several joined end to end.
 *
 * @param needed - Seconds that will be embedded; recordings far beyond are not read.
 */
export async function decodeJoined(file: AudioFile, needed: number): Promise<Float32Array> {
  const paths = typeof file === 'string' ? [file] : file;
  const parts: Float32Array[] = [];
  let samples = 0;
  for (const path of paths) {
    if (samples > needed * SPARE * SAMPLE_RATE) break;
    const part = centred(await decodeInNode(await readFile(path)));
    samples += part.length;
    parts.push(part);
  }
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const joined = new Float32Array(samples);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The seconds of the longest of several lengths. */
export function longestOf(lengths: readonly Length[]): number {
  return Math.max(...lengths.map((length) => length ?? Number.POSITIVE_INFINITY));
}
