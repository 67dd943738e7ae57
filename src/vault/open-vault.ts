import { VoiceprintError } from '../errors.js';
import { DeviceVault } from './device-vault.js';
import { MemoryVault } from './memory-vault.js';
import { requireCrypto } from './require-crypto.js';
import type { Vault, VaultOptions } from './types.js';

/** Defaults of {@link openVault}. */
const VAULT_DEFAULTS = {
  name: 'voiceprint-vault',
  storage: 'device',
} as const satisfies Required<VaultOptions>;

/**
 * Opens the voiceprints of this origin.
 *
 * With `storage: 'device'` they lie in IndexedDB under AES-GCM-256, each write with a fresh 96-bit
 * nonce, the speaker's name and the model's hash bound to the ciphertext. The key is a
 * non-extractable `CryptoKey` in the same database: it protects against a copy of the records alone
 * and against scripts that would carry the key away, not against code that runs in this page, and
 * not against whoever can read the browser's profile: Chromium writes such a key to disk in clear,
 * beside the records. Names are personal data too and are encrypted like the rest. Deleting the key
 * (`removeAll`) makes the records unreadable once the disk has forgotten it, which may be late: the
 * browser's log of writes only grows until it is compacted.
 *
 * @throws VoiceprintError `vault/unavailable` without IndexedDB or WebCrypto (private browsing,
 *   blocked site data, a page that is not served over https or from localhost); the message says
 *   what to do.
 */
export async function openVault(options: VaultOptions = {}): Promise<Vault> {
  const { name, storage } = { ...VAULT_DEFAULTS, ...options };
  if (storage === 'memory') return new MemoryVault();
  if (storage !== 'device') {
    throw new VoiceprintError(
      'verifier/invalid',
      `vault storage is ${JSON.stringify(storage)}; give 'device' or 'memory'`,
    );
  }
  requireCrypto();
  const vault = new DeviceVault(name);
  await vault.probe();
  return vault;
}
