import { decodeInNode } from '../audio/decode/decode-node.js';
import { openEngine } from '../engine/open-engine.js';
import { VoiceprintError } from '../errors.js';
import { openVault } from '../vault/index.js';
import { VERIFIER_DEFAULTS } from '../verifier/options.js';
import type { Verifier } from '../verifier/types.js';
import { assembleVerifier } from '../verifier/verifier.js';

/**
 * A verifier in this process: the same engine, scoring and decisions as in the page, with
 * voiceprints kept in memory only.
 *
 * @param model - A name in `models/`, a model folder, or a URL.
 */
export async function openNodeVerifier(model: string): Promise<Verifier> {
  const engine = await openEngine({ model, backend: 'wasm' });
  return assembleVerifier({
    engine,
    vault: await openVault({ name: VERIFIER_DEFAULTS.vaultName, storage: 'memory' }),
    decode: decodeInNode,
    openMicrophone: () =>
      Promise.reject(
        new VoiceprintError('audio/microphone-missing', 'no microphone here; give audio files'),
      ),
    falseAcceptRate: VERIFIER_DEFAULTS.falseAcceptRate,
  });
}
