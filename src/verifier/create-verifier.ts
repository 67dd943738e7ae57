import { openMicrophone } from '../audio/microphone.js';
import { toSamples } from '../audio/to-samples.js';
import { VoiceprintError } from '../errors.js';
import { openVault } from '../vault/index.js';
import { openEncoderEngine } from './encoder-engine.js';
import { openWorkerEngine, openWorkerSpeech } from './engine-client.js';
import { VERIFIER_DEFAULTS } from './options.js';
import type { Verifier, VerifierOptions } from './types.js';
import { assembleVerifier } from './verifier.js';

/**
 * Loads a model into a worker of this page and opens the voiceprints of this device.
 *
 * @returns a verifier that is ready: its self-check has passed on this very device.
 * @throws VoiceprintError `verifier/invalid` for `model` beside `encoder`, `model/unavailable`, `model/integrity`, `model/malformed`,
 *   `model/unsupported`, `backend/unavailable`, `backend/failed`, `vault/unavailable`, or
 *   `verifier/aborted`. What was opened until then is closed again.
 */
export async function createVerifier(options: VerifierOptions = {}): Promise<Verifier> {
  const { model, backend, falseAcceptRate, vault, vaultName } = {
    ...VERIFIER_DEFAULTS,
    ...options,
  };
  if (options.encoder !== undefined && options.model !== undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      `model and encoder are both given (model: ${describe(options.model)}); give one of them`,
    );
  }
  // The vault first: it fails in a moment where the model takes seconds to load.
  const voiceprints = await openVault({ name: vaultName, storage: vault });
  try {
    const shared = {
      backend,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    const { threads, signal } = shared;
    const engine =
      options.encoder === undefined
        ? await openWorkerEngine({ model, ...shared })
        : await openEncoderEngine(
            () =>
              openWorkerSpeech({
                ...(threads === undefined ? {} : { threads }),
                ...(signal === undefined ? {} : { signal }),
              }),
            options.encoder,
            shared,
          );
    return assembleVerifier({
      engine,
      vault: voiceprints,
      decode: toSamples,
      openMicrophone,
      falseAcceptRate,
    });
  } catch (error) {
    voiceprints.close();
    throw error;
  }
}

function describe(model: NonNullable<VerifierOptions['model']>): string {
  return typeof model === 'object' && 'files' in model ? 'files' : JSON.stringify(String(model));
}
