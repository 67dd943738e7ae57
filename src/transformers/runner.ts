import { VoiceprintError } from '../errors.js';
import type { EncodedSpeech } from '../verifier/engine-types.js';
import { disposeOutputs, readEmbedding } from './embedding-output.js';
import type { LibraryExtractor } from './library.js';
import type { LoadedModel } from './load.js';

/** A loaded model with its front end. */
export interface Runner {
  /** Bytes of the weights. */
  readonly bytes: number;
  /** @param speech - 16 kHz mono PCM. */
  run(speech: Float32Array): Promise<EncodedSpeech>;
  dispose(): Promise<void>;
}

/**
 * Puts front end and model together.
 *
 * @param name - How messages call the model.
 * @param output - The embedding's name, where the caller knows it.
 */
export function createRunner(
  name: string,
  { model, device, bytes }: LoadedModel,
  extractor: LibraryExtractor,
  output: string | undefined,
): Runner {
  return {
    bytes,
    async run(speech) {
      const started = performance.now();
      // The library may keep the array in a tensor; the caller's stays the caller's.
      const inputs = await extractor(speech.slice()).catch((cause: unknown) => {
        throw failure(`the front end of ${name} refused ${speech.length} samples`, cause);
      });
      const computed = performance.now();
      const outputs = await model.forward(inputs).catch((cause: unknown) => {
        throw failure(`${name} did not run on ${device}`, cause);
      });
      try {
        return {
          values: readEmbedding(name, outputs, output),
          featuresMilliseconds: computed - started,
          encoderMilliseconds: performance.now() - computed,
        };
      } finally {
        disposeOutputs(outputs);
      }
    },
    async dispose() {
      await model.dispose();
    },
  };
}

function failure(what: string, cause: unknown): VoiceprintError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new VoiceprintError('backend/failed', `${what}: ${words}`, { cause });
}
