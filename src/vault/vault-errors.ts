import { VoiceprintError } from '../errors.js';
import { VOICEPRINT_FORMAT } from './voiceprint-codec.js';

/** Sorts by speaker name, the same in every locale. */
export function byName(a: { speaker: string }, b: { speaker: string }): number {
  return a.speaker < b.speaker ? -1 : 1;
}

export function unknownSpeaker(speaker: string): VoiceprintError {
  return new VoiceprintError(
    'vault/unknown-speaker',
    `nobody is enrolled as ${JSON.stringify(speaker)}; look at list() for who is`,
  );
}

export function damagedVoiceprint(speaker: string, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'vault/damaged',
    `the stored voiceprint of ${JSON.stringify(speaker)} was altered or cut short and cannot be read; remove it and enroll again`,
    { cause },
  );
}

/** For a record or a file that is whole, but not of this release's format. */
export function otherFormat(what: string, format: number, remedy: string): VoiceprintError {
  return new VoiceprintError(
    'vault/unsupported',
    `${what} has format ${format}, this release reads format ${VOICEPRINT_FORMAT}; it is left as it is: ${remedy}`,
  );
}

export function closedVault(): VoiceprintError {
  return new VoiceprintError(
    'vault/unavailable',
    'this vault was closed; open another with openVault()',
  );
}

/**
 * What a failure of the browser's storage means. Errors of this package pass through unchanged.
 */
export function storageError(error: unknown): VoiceprintError {
  if (error instanceof VoiceprintError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') {
    return new VoiceprintError(
      'vault/quota',
      'the device has no room for another voiceprint; nothing was changed: free storage or remove people who are no longer needed',
      { cause: error },
    );
  }
  if (name === 'VersionError') {
    return new VoiceprintError(
      'vault/unavailable',
      'the voiceprints were stored by a newer release of this page; reload it to get that release',
      { cause: error },
    );
  }
  return new VoiceprintError(
    'vault/unavailable',
    `the browser's storage cannot be used here (${name || String(error)}); leave private browsing or allow site data, or keep voiceprints in memory with vault: 'memory'`,
    { cause: error },
  );
}
