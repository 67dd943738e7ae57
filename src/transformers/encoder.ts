import type { Encoder, EncoderRequest } from '../engine/encoder/types.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { aborted, disposed } from '../lifetime/ended.js';
import { createSerialQueue } from '../lifetime/serial-queue.js';
import { openOnBestDevice } from './devices.js';
import { modelIdentity } from './identity.js';
import { openLibrary } from './library.js';
import { loadFacts, loadModel } from './load.js';
import {
  type ResolvedOptions,
  TRANSFORMERS_DEFAULTS,
  type TransformersOptions,
} from './options.js';
import { createRunner } from './runner.js';
import { locateSource } from './source.js';

/**
 * Opens a speaker model of transformers.js in this page, worker or process.
 *
 * @throws VoiceprintError as the factory that `transformersEncoder` makes.
 */
export async function openEncoder(
  model: string | URL,
  options: TransformersOptions,
  request: EncoderRequest,
): Promise<Encoder> {
  const resolved: ResolvedOptions = { ...TRANSFORMERS_DEFAULTS, ...options };
  const { onProgress, signal } = request;
  const refuseAborted = (): void => {
    if (signal?.aborted !== true) return;
    throw aborted('loading was aborted by the caller', signal.reason);
  };
  refuseAborted();
  const source = await locateSource(model);
  const library = await openLibrary(resolved.transformers);
  onProgress?.({ stage: 'manifest', done: 0 });
  const facts = await loadFacts(library, source, resolved);
  onProgress?.({ stage: 'manifest', done: 1 });
  const opened = await openOnBestDevice(library, request, async (device) => {
    refuseAborted();
    const loaded = await loadModel(library, source, resolved, facts, device, onProgress);
    return createRunner(source.name, loaded, facts.extractor, resolved.output);
  });
  const { runner, backend, embeddingSize } = opened;
  const sha256 = await modelIdentity(source, resolved, facts, runner.bytes);
  const queue = createSerialQueue();
  let disposal: Promise<void> | undefined;
  const encoder: Encoder = {
    model: {
      name: source.name,
      version: resolved.revision,
      architecture: String(facts.config.model_type ?? 'unknown'),
      licence: resolved.licence,
      embeddingSize,
      minimumSeconds: resolved.minimumSeconds,
      recommendedSeconds: resolved.recommendedSeconds,
      thresholds: resolved.thresholds,
      calibration: resolved.calibration,
      sha256,
      bytes: runner.bytes,
    },
    backend,
    async encode(speech) {
      if (disposal !== undefined) {
        throw disposed('the encoder was disposed; open another');
      }
      return queue.run(() => runner.run(speech));
    },
    [asyncDispose]() {
      disposal ??= queue.run(() => runner.dispose());
      return disposal;
    },
  };
  if (signal?.aborted === true) await encoder[asyncDispose]();
  refuseAborted();
  return encoder;
}
