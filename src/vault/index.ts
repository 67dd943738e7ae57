export { ARCHIVE_ITERATIONS, MINIMUM_PASSPHRASE_LENGTH } from './archive.js';
export { openVault, VAULT_DEFAULTS } from './open-vault.js';
export { MAXIMUM_NAME_LENGTH, normalizeSpeaker } from './speaker-name.js';
export type {
  DamagedVoiceprint,
  Vault,
  VaultOptions,
  Voiceprint,
  VoiceprintModel,
  VoiceprintSummary,
  VoiceprintUtterance,
} from './types.js';
