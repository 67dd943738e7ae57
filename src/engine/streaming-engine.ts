import { VoiceprintError } from '../errors.js';
import type { LoadProgress } from '../verifier/types.js';
import type { Engine, EngineOptions } from './types.js';
import { openWorkerEngine } from './worker/client.js';

/** An engine, and that of a streaming model beside it. */
export interface EnginePair {
  readonly engine: Engine;
  readonly streaming: Engine;
}

/**
 * Opens an engine and that of a streaming model at the same time. When one fails, the other is
 * closed again.
 *
 * @param openMain - Opens the engine that enrolls and verifies.
 * @param options - Of the streaming model. Progress is told of the main one; `'ready'` once both are.
 * @throws VoiceprintError `model/unsupported` for a model that cannot stream, and whatever the two
 *   throw.
 */
export async function openWithStreaming(
  openMain: (progress: Pick<EngineOptions, 'onProgress'>) => Promise<Engine>,
  options: EngineOptions,
  openEngine: (options: EngineOptions) => Promise<Engine> = openWorkerEngine,
): Promise<EnginePair> {
  const { onProgress, ...quiet } = options;
  const untilReady = (progress: LoadProgress): void => {
    if (progress.stage !== 'ready') onProgress?.(progress);
  };
  const parts = [
    openMain(onProgress === undefined ? {} : { onProgress: untilReady }),
    openEngine(quiet).then(refuseWholeUtterances),
  ] as const;
  try {
    const [engine, streaming] = await Promise.all(parts);
    onProgress?.({ stage: 'ready', done: 1 });
    return { engine, streaming };
  } catch (error) {
    // What still loads is closed once it is there; the caller need not wait for that.
    for (const part of parts) part.then((opened) => opened.dispose()).catch(() => undefined);
    throw error;
  }
}

async function refuseWholeUtterances(engine: Engine): Promise<Engine> {
  const { name, streaming } = engine.manifest;
  if (streaming !== undefined) return engine;
  await engine.dispose();
  throw new VoiceprintError(
    'model/unsupported',
    `streamingModel is ${name}, which takes whole utterances only; give a model that can stream, such as 'streaming', or leave it out and stream with mode 'window'`,
  );
}
