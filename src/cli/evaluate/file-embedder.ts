import { readFile } from 'node:fs/promises';
import { decodeInNode } from '../../audio/decode-node.js';
import { speechOnly } from '../../audio/speech-segments.js';
import { VoiceprintError } from '../../errors.js';
import { openEngine } from '../../verifier/engine.js';
import { embedLengths, type FileEmbedder } from './file-embedding.js';

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
