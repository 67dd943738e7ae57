import { toSamples } from '../audio/decode/to-samples.js';
import { openMicrophone } from '../audio/microphone/microphone.js';
import { openGivenEncoder } from '../engine/encoder/given-encoder.js';
import type { Engine } from '../engine/types.js';
import { openWorkerEngine } from '../engine/worker/remote-engine.js';
import { shareEngine } from '../engine/worker/shared-engine.js';
import { VoiceprintError } from '../errors.js';
import { isModelFiles } from '../models/given-files.js';
import { openVault } from '../vault/index.js';
import { openDeviceQueue } from './change-queue.js';
import { VERIFIER_DEFAULTS } from './options.js';
import type { Verifier, VerifierOptions } from './types.js';
import { assembleVerifier } from './verifier.js';

/**
 * Loads a model into a worker of this page and opens the voiceprints of this device.
 *
 * @returns a verifier that is ready: its self-check has passed on this very device.
 * @throws VoiceprintError `verifier/invalid` for `model` beside `encoder` or another bad option,
 *   `model/unavailable`, `model/integrity`, `model/malformed`, `model/unsupported`, `backend/unavailable`, `backend/failed`, `vault/unavailable`, or
 *   `aborted`. What was opened until then is closed again.
 */
export async function createVerifier(options: VerifierOptions = {}): Promise<Verifier> {
  if (options === null) {
    throw new VoiceprintError(
      'verifier/invalid',
      'the options are null; leave them out or give an object',
    );
  }
  const {
    model = VERIFIER_DEFAULTS.model,
    backend = VERIFIER_DEFAULTS.backend,
    falseAcceptRate = VERIFIER_DEFAULTS.falseAcceptRate,
    vault = VERIFIER_DEFAULTS.vault,
    vaultName = VERIFIER_DEFAULTS.vaultName,
  } = options;
  if (options.encoder !== undefined && options.model !== undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      `model and encoder are both given (model: ${describe(options.model)}); give one of them`,
    );
  }
  refuseModel('model', model);
  if (options.streamingModel !== undefined) refuseModel('streamingModel', options.streamingModel);
  if (!(falseAcceptRate > 0 && falseAcceptRate < 1)) {
    throw new VoiceprintError(
      'verifier/invalid',
      `falseAcceptRate is ${falseAcceptRate}; give a share between 0 and 1, such as 0.01`,
    );
  }
  // The vault first: it fails in a moment where the model takes seconds to load.
  const voiceprints = await openVault({ name: vaultName, storage: vault });
  try {
    const engine = await openShared(options, model, backend);
    return assembleVerifier({
      engine,
      vault: voiceprints,
      decode: toSamples,
      openMicrophone,
      falseAcceptRate,
      ...(vault === 'device' ? { changes: openDeviceQueue(vaultName) } : {}),
    });
  } catch (error) {
    voiceprints.close();
    throw error;
  }
}

/** Verifiers of one page with the same models have one engine in common. */
function openShared(
  { encoder, streamingModel, threads, onProgress, signal }: VerifierOptions,
  model: NonNullable<VerifierOptions['model']>,
  backend: NonNullable<VerifierOptions['backend']>,
): Promise<Engine> {
  const common = {
    backend,
    ...(threads === undefined ? {} : { threads }),
    ...(streamingModel === undefined ? {} : { streamingModel }),
  };
  const sharer = {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  };
  if (encoder === undefined) {
    return shareEngine({ model, ...common }, sharer, (mine) =>
      openWorkerEngine({ model, ...common, ...mine }),
    );
  }
  return shareEngine({ encoder, ...common }, sharer, async (mine) => {
    const opened = await openGivenEncoder(encoder, {
      backend,
      ...(threads === undefined ? {} : { threads }),
      ...mine,
    });
    return openWorkerEngine({ encoder: opened, ...common, ...mine });
  });
}

/** Options come from attributes and configuration files, too: their types prove nothing there. */
function refuseModel(option: string, model: unknown): void {
  if (typeof model === 'string' || model instanceof URL) return;
  const files = typeof model === 'object' && model !== null && 'files' in model && model.files;
  if (files instanceof Map) return;
  throw new VoiceprintError(
    'verifier/invalid',
    `${option} is ${model === null ? 'null' : `of type ${typeof model}`} and no model; give the name of a shipped model, the address of a model folder, or { files } with a Map of its files`,
  );
}

function describe(model: NonNullable<VerifierOptions['model']>): string {
  return isModelFiles(model) ? 'files' : JSON.stringify(String(model));
}
