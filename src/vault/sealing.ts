import type { Voiceprint, VoiceprintSummary } from './types.js';
import {
  decodeJson,
  encodeJson,
  summarize,
  summaryFromJson,
  VOICEPRINT_FORMAT,
  voiceprintFromJson,
  voiceprintToJson,
} from './voiceprint-codec.js';

/** Bytes of a GCM nonce: 96 bits, the length that NIST SP 800-38D recommends. */
const IV_BYTES = 12;

/** Summaries are padded to a multiple of this, so that their size does not tell a name's length. */
const SUMMARY_BLOCK = 512;

/**
 * The keys of one vault. All are non-extractable: scripts can use them and cannot read them out; who
 * can read the browser's profile can.
 * `generation` tells the keys of a vault from those made after it was shredded.
 */
export interface VaultKeys {
  readonly generation: string;
  /** AES-GCM, 256 bits. */
  readonly encryption: CryptoKey;
  /** HMAC-SHA-256: turns names into record ids. */
  readonly naming: CryptoKey;
}

/** One AES-GCM ciphertext with the nonce it was made under. */
interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
}

/**
 * A voiceprint as it lies in IndexedDB. Nothing of the person is in clear: the id is an HMAC of
 * the name, everything else is encrypted. What stays visible to whoever can read the disk: how
 * many people are enrolled, how large each record is (which tells the number of utterances), and
 * the names of the database and its stores.
 */
export interface SealedRecord {
  readonly id: string;
  /** Also in the additional data of both ciphertexts, so that formats cannot be confused; 1 when missing. */
  readonly format?: number;
  readonly summary: Sealed;
  readonly voiceprint: Sealed;
}

export async function createKeys(): Promise<VaultKeys> {
  const [encryption, naming] = await Promise.all([
    crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
  ]);
  return { generation: crypto.randomUUID(), encryption, naming };
}

/** The id under which a speaker's record is stored: without the key it tells nothing of the name. */
export async function recordId(keys: VaultKeys, speaker: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', keys.naming, new TextEncoder().encode(speaker));
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Encrypts a voiceprint, each part under a fresh nonce. */
export async function sealVoiceprint(
  keys: VaultKeys,
  voiceprint: Voiceprint,
): Promise<SealedRecord> {
  const id = await recordId(keys, voiceprint.speaker);
  const summary = padded(encodeJson(summaryToJson(voiceprint)));
  const [sealedSummary, sealedVoiceprint] = await Promise.all([
    seal(keys, summary, summaryContext(id, VOICEPRINT_FORMAT)),
    seal(keys, encodeJson(voiceprintToJson(voiceprint)), voiceprintContext(id, voiceprint)),
  ]);
  return { id, format: VOICEPRINT_FORMAT, summary: sealedSummary, voiceprint: sealedVoiceprint };
}

/** @throws Error of any kind when the summary was altered, cut short or made under other keys. */
export async function openSummary(
  keys: VaultKeys,
  record: SealedRecord,
): Promise<VoiceprintSummary> {
  const { format = 1 } = record;
  const plain = await open(keys, record.summary, summaryContext(record.id, format));
  return summaryFromJson(decodeJson(plain), format);
}

/**
 * @param summary - What {@link openSummary} gave for the record: name and model hashes are bound to
 *   the ciphertext, so that parts of two records cannot be exchanged.
 * @throws Error of any kind when the voiceprint was altered, cut short or exchanged.
 */
export async function openVoiceprint(
  keys: VaultKeys,
  record: SealedRecord,
  summary: VoiceprintSummary,
): Promise<Voiceprint> {
  const plain = await open(keys, record.voiceprint, voiceprintContext(record.id, summary));
  return voiceprintFromJson(decodeJson(plain));
}

/** The summary as it is sealed: whether it can be read is not for it to say. */
function summaryToJson(voiceprint: Voiceprint): object {
  const { readable, ...summary } = summarize(voiceprint);
  return summary;
}

function summaryContext(id: string, format: number): Uint8Array<ArrayBuffer> {
  return encodeJson([format, 'summary', id]);
}

function voiceprintContext(
  id: string,
  { speaker, models }: Pick<Voiceprint, 'speaker' | 'models'>,
): Uint8Array<ArrayBuffer> {
  const hashes = models.map(({ sha256 }) => sha256);
  return encodeJson([VOICEPRINT_FORMAT, 'voiceprint', id, speaker, ...hashes]);
}

async function seal(
  keys: VaultKeys,
  plain: Uint8Array<ArrayBuffer>,
  context: Uint8Array<ArrayBuffer>,
): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: 'AES-GCM', iv, additionalData: context };
  return { iv, bytes: await crypto.subtle.encrypt(algorithm, keys.encryption, plain) };
}

async function open(
  keys: VaultKeys,
  sealed: Sealed,
  context: Uint8Array<ArrayBuffer>,
): Promise<ArrayBuffer> {
  const algorithm = { name: 'AES-GCM', iv: sealed.iv, additionalData: context };
  return crypto.subtle.decrypt(algorithm, keys.encryption, sealed.bytes);
}

function padded(json: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil(json.length / SUMMARY_BLOCK);
  // JSON ignores white space at its end.
  const bytes = new Uint8Array(blocks * SUMMARY_BLOCK).fill(0x20);
  bytes.set(json);
  return bytes;
}
