import { readFile } from 'node:fs/promises';
import { decodeInNode } from '../../audio/decode-node.js';
import { speechOnly } from '../../audio/speech-segments.js';
import { VoiceprintError } from '../../errors.js';
import { openEngine } from '../../verifier/engine.js';
import { type AudioFile, embedLengths, type FileEmbedder } from './file-embedding.js';

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
    async embed(file, lengths) {
      try {
        const samples = await decodeJoined(file);
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

async function decodeJoined(file: AudioFile): Promise<Float32Array> {
  const paths = typeof file === 'string' ? [file] : file;
  const parts: Float32Array[] = [];
  for (const path of paths) parts.push(await decodeInNode(await readFile(path)));
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
