import type { MicrophoneSettings } from '../audio/types.js';

/** One enrolled utterance. */
export interface VoiceprintUtterance {
  /** Seconds of speech in it. */
  readonly seconds: number;
  /**
   * By the hash of the model that embedded it, 64 lower-case hexadecimal digits; at least one. As the
   * encoders gave them: not length-normalised.
   */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
}

/** A model that a voiceprint holds embeddings of. */
export interface VoiceprintModel {
  readonly name: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** What is known about one enrolled speaker. Embeddings are comparable under one model only. */
export interface Voiceprint {
  /** 1 to 200 characters, NFC and without outer white space: see `normalizeSpeaker`. */
  readonly speaker: string;
  /** Every model that an utterance was embedded with; first the one that decided at enrollment. */
  readonly models: readonly VoiceprintModel[];
  /** At least one, in the order of their enrollment. */
  readonly utterances: readonly VoiceprintUtterance[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** What the microphone of the enrollment did to the sound, where one was used. */
  readonly microphone?: MicrophoneSettings;
}

/** A line of {@link Vault.list}: a voiceprint without its embeddings. */
export interface VoiceprintSummary {
  readonly speaker: string;
  readonly models: readonly VoiceprintModel[];
  /** How many were enrolled. */
  readonly utterances: number;
  /** Seconds of speech in all of them. */
  readonly speechSeconds: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** False for a record of another release's format, which `get` refuses as `vault/unsupported`. */
  readonly readable: boolean;
}

/** A stored record that can no longer be read. */
export interface DamagedVoiceprint {
  /** Whose it is; undefined when the damage covers the name too. */
  readonly speaker: string | undefined;
}

/** Options of `openVault`; the defaults are exported as `VAULT_DEFAULTS`. */
export interface VaultOptions {
  /** Name of the IndexedDB database, so that two apps of an origin stay apart. @defaultValue `'voiceprint-vault'` */
  readonly name?: string;
  /** `'device'` keeps voiceprints encrypted in IndexedDB, `'memory'` until the page goes. @defaultValue `'device'` */
  readonly storage?: 'device' | 'memory';
}

/**
 * Voiceprints by speaker name. Every method that takes a name takes any Unicode of 1 to 200
 * characters and throws `verifier/invalid` for anything else; every method throws
 * `vault/unavailable` when the storage cannot be reached or the vault was closed.
 */
export interface Vault {
  /**
   * Stores a voiceprint in place of the speaker's earlier one, whole or not at all.
   * @throws VoiceprintError `verifier/invalid` for a malformed voiceprint; `vault/quota` when the
   *   device has no room: the earlier voiceprint is still there then.
   */
  put(voiceprint: Voiceprint): Promise<void>;
  /**
   * @returns undefined when nobody of that name is stored.
   * @throws VoiceprintError `vault/damaged` when the record was altered or cut short;
   *   `vault/unsupported` when another release stored it in a format of its own: it stays as it is.
   */
  get(speaker: string): Promise<Voiceprint | undefined>;
  /** Everyone whose record names them, by name; records damaged beyond that are left out. */
  list(): Promise<readonly VoiceprintSummary[]>;
  /** Tries every record and tells which cannot be read. */
  findDamaged(): Promise<readonly DamagedVoiceprint[]>;
  /** Deletes what {@link findDamaged} finds, and tells how many records that were. */
  removeDamaged(): Promise<number>;
  /** @returns false when nobody of that name was stored. */
  remove(speaker: string): Promise<boolean>;
  /** Deletes every voiceprint and the key that they were encrypted with. */
  removeAll(): Promise<void>;
  /**
   * Voiceprints as one file, encrypted under a passphrase.
   * @param speakers - Whom; without it, everyone.
   * @throws VoiceprintError `vault/unknown-speaker`, `vault/damaged`, or `verifier/invalid` for a
   *   passphrase shorter than `MINIMUM_PASSPHRASE_LENGTH`.
   */
  exportAll(passphrase: string, speakers?: readonly string[]): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Adds the voiceprints of an exported file, in place of those of the same names: all or none.
   * @returns the names that were imported.
   * @throws VoiceprintError `vault/damaged` for a wrong passphrase or a file that is not whole;
   *   `vault/unsupported` for a file of another release's format; `vault/quota`.
   */
  importAll(bytes: Uint8Array, passphrase: string): Promise<readonly string[]>;
  /** Idempotent. What is stored stays, except in a vault of storage `'memory'`. */
  close(): void;
}
