import type { Encoded } from '../engine/encoder/types.js';
import { VoiceprintError } from '../errors.js';
import { disposeOutputs, readEmbedding } from './embedding-output.js';
import type { LibraryExtractor } from './library.js';
import type { LoadedModel } from './load.js';

/** A loaded model with its front end. */
export interface Runner {
  /** Bytes of the weights. */
  readonly bytes: number;
  /** @param speech - 16 kHz mono PCM. */
  run(speech: Float32Array): Promise<Encoded>;
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
  for (const session of Object.values(model.sessions)) keepRunsFromRejecting(session);
  return {
    bytes,
    async run(speech) {
      const started = performance.now();
      // The library may keep the array in a tensor; the caller's stays the caller's.
      const inputs = await extractor(speech.slice()).catch((cause: unknown) => {
        throw failure(`the front end of ${name} refused ${speech.length} samples`, cause);
      });
      const computed = performance.now();
      const refused = (cause: unknown): VoiceprintError =>
        failure(`${name} did not run on ${device}`, cause);
      const outputs: Outputs = await model.forward(inputs).catch((cause: unknown) => {
        throw refused(cause);
      });
      if (FAILURE in outputs) throw refused(outputs[FAILURE]);
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

const FAILURE = Symbol('failure');

type Outputs = Readonly<Record<string, unknown>> & { readonly [FAILURE]?: unknown };

interface RunnableSession {
  run(...given: readonly unknown[]): Promise<object>;
}

/**
 * In a page the library chains all runs of all models, and after one that rejects it never runs
 * anything again. So a run that fails resolves, with the failure as its result.
 */
function keepRunsFromRejecting(session: unknown): void {
  if (!isRunnable(session)) return;
  const run = session.run.bind(session);
  session.run = (...given) => run(...given).catch((cause: unknown) => ({ [FAILURE]: cause }));
}

function isRunnable(session: unknown): session is RunnableSession {
  return (
    typeof session === 'object' &&
    session !== null &&
    'run' in session &&
    typeof session.run === 'function'
  );
}

function failure(what: string, cause: unknown): VoiceprintError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new VoiceprintError('backend/failed', `${what}: ${words}`, { cause });
}
