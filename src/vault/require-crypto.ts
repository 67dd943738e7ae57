import { VoiceprintError } from '../errors.js';

/** @throws VoiceprintError `vault/unavailable` on a page that browsers give no WebCrypto. */
export function requireCrypto(): void {
  if (globalThis.crypto?.subtle === undefined) {
    throw new VoiceprintError(
      'vault/unavailable',
      "this page has no WebCrypto, which needs https or localhost; serve it over https, or keep voiceprints in memory with vault: 'memory' and leave export and import out",
    );
  }
}
