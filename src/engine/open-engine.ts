import { SILERO } from '../audio/speech/silero.js';
import { createSpeechDetector, type SpeechDetector } from '../audio/speech/speech-detector.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { loadSpeechDetector, openModel } from '../models/download.js';
import { openRuntime } from '../runtime/index.js';
import type { Runtime } from '../runtime/types.js';
import { openDetectorSession } from './detector-session.js';
import { openEncoder } from './encoder/open-encoder.js';
import type { Encoder } from './encoder/types.js';
import { createEngine } from './engine.js';
import { ENGINE_DEFAULTS, type EngineOptions, loadAborted } from './options.js';
import type { Engine } from './types.js';

/**
 * Opens an engine in this very process: Node, tests, or a worker. A page should use
 * `openWorkerEngine`, which keeps it at 60 frames a second. All models and the speech detector share
 * one runtime.
 *
 * @throws VoiceprintError as `openModel`, `model/unsupported` for a `streamingModel` that takes whole
 *   utterances only, `verifier/invalid` where neither a model nor an encoder is given, and
 *   `backend/unavailable` or `backend/failed` when no backend computes a model right.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { encoder, model, streamingModel, onProgress, signal } = options;
  const opened: AsyncDisposable[] = encoder === undefined ? [] : [encoder];
  try {
    const loading = await loadAll(options);
    const runtime = await sharedRuntime(options, loading.models.length > 0);
    opened.push({ [asyncDispose]: () => runtime.dispose() });
    const encoders: Encoder[] = encoder === undefined ? [] : [encoder];
    for (const [index, { manifest, files }] of loading.models.entries()) {
      const graph = await openEncoder(files.model, manifest, {
        ...(options.backend === undefined ? {} : { backend: options.backend }),
        ...(options.threads === undefined ? {} : { threads: options.threads }),
        ...(options.selfCheckCosine === undefined
          ? {}
          : { selfCheckCosine: options.selfCheckCosine }),
        cohort: files.cohort,
        runtime,
        // Progress is told of the model that decides.
        ...(index === 0 ? { onStage: (stage, done) => onProgress?.({ stage, done }) } : {}),
      });
      opened.push(graph);
      encoders.push(graph);
    }
    if (model === undefined && encoder === undefined) refuseNoModel();
    if (streamingModel !== undefined) refuseWholeUtterances(encoders);
    const session = await openDetectorSession(loading.silero, runtime, options);
    opened.push({ [asyncDispose]: () => session.dispose() });
    const detector = createSpeechDetector(session);
    if (signal?.aborted === true) throw loadAborted(signal);
    const engine = createEngine(owning(detector, opened.slice(encoder === undefined ? 0 : 1)), [
      ...encoders,
    ]);
    onProgress?.({ stage: 'ready', done: 1 });
    return engine;
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function loadAll({ model, streamingModel, onProgress, signal, cache }: EngineOptions) {
  const options = { signal, cache: cache ?? ENGINE_DEFAULTS.cache };
  const [first, second, silero] = await Promise.all([
    model === undefined ? undefined : openModel(model, { ...options, onProgress }),
    streamingModel === undefined ? undefined : openModel(streamingModel, options),
    loadSpeechDetector(SILERO, options),
  ]);
  return { models: [first, second].flatMap((opened) => opened ?? []), silero };
}

function sharedRuntime(
  { backend = ENGINE_DEFAULTS.backend, threads }: EngineOptions,
  withModels: boolean,
): Promise<Runtime> {
  const shared = threads === undefined ? {} : { threads };
  return withModels
    ? openRuntime({ backend, ...shared })
    : openRuntime({ backend: 'wasm', reason: 'speech detection needs no GPU', ...shared });
}

/** The detector goes last, and what everything runs on with it. */
function owning(detector: SpeechDetector, opened: readonly AsyncDisposable[]): SpeechDetector {
  return { ...detector, [asyncDispose]: () => closeAll(opened) };
}

async function closeAll(opened: readonly AsyncDisposable[]): Promise<void> {
  for (const one of [...opened].reverse()) {
    await Promise.resolve(one[asyncDispose]()).catch(() => undefined);
  }
}

function refuseNoModel(): never {
  throw new VoiceprintError('verifier/invalid', 'neither model nor encoder is given; give one');
}

function refuseWholeUtterances(encoders: readonly Encoder[]): void {
  const name = encoders.at(-1)?.model.name;
  if (encoders.at(-1)?.model.streaming === true) return;
  throw new VoiceprintError(
    'model/unsupported',
    `streamingModel is ${name}, which takes whole utterances only; give a model that can stream, such as 'streaming', or leave it out and stream with mode 'window'`,
  );
}
