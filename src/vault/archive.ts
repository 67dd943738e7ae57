import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';
import { requireCrypto } from './require-crypto.js';
import type { Voiceprint } from './types.js';
import { otherFormat } from './vault-errors.js';
import {
  checkVoiceprint,
  decodeJson,
  encodeJson,
  VOICEPRINT_FORMAT,
  voiceprintFromJson,
  voiceprintToJson,
} from './voiceprint-codec.js';

/** Iterations of PBKDF2-HMAC-SHA-256; OWASP's password storage cheat sheet asks for 600,000. */
const ARCHIVE_ITERATIONS = 600_000;

/** Shortest passphrase that an export takes, in UTF-16 units. */
const MINIMUM_PASSPHRASE_LENGTH = 8;

// A hostile file must not keep the page busy for minutes, nor pass with a key that costs nothing.
const MAXIMUM_ITERATIONS = 10_000_000;

/** First bytes of an exported file: what it is, and the format of the voiceprints in it. */
const MAGIC = Uint8Array.of(...new TextEncoder().encode('VOICEPR'), VOICEPRINT_FORMAT);
const SALT_BYTES = 16;
const IV_BYTES = 12;
const ITERATIONS_AT = MAGIC.length;
const SALT_AT = ITERATIONS_AT + 4;
const IV_AT = SALT_AT + SALT_BYTES;
const HEADER_BYTES = IV_AT + IV_BYTES;
const TAG_BYTES = 16;

const archiveSchema = v.object({ voiceprints: v.array(v.unknown()) });

/**
 * Packs voiceprints into one encrypted file: magic and version (8 bytes), PBKDF2 iterations
 * (uint32, big endian), salt (16), nonce (12), then the AES-GCM-256 ciphertext of JSON. The whole
 * header is additional data, so a changed header fails like changed contents.
 *
 * @throws VoiceprintError `verifier/invalid` for a passphrase that is too short.
 */
export async function packArchive(
  voiceprints: readonly Voiceprint[],
  passphrase: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof passphrase !== 'string' || passphrase.length < MINIMUM_PASSPHRASE_LENGTH) {
    throw new VoiceprintError(
      'verifier/invalid',
      `the passphrase has fewer than ${MINIMUM_PASSPHRASE_LENGTH} characters; give a longer one, it is all that protects the file`,
    );
  }
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  new DataView(header.buffer).setUint32(ITERATIONS_AT, ARCHIVE_ITERATIONS);
  crypto.getRandomValues(header.subarray(SALT_AT));
  const plain = encodeJson({ voiceprints: voiceprints.map(voiceprintToJson) });
  const key = await passphraseKey(passphrase, header, ARCHIVE_ITERATIONS);
  const sealed = await crypto.subtle.encrypt(cipher(header), key, plain);
  const file = new Uint8Array(HEADER_BYTES + sealed.byteLength);
  file.set(header);
  file.set(new Uint8Array(sealed), HEADER_BYTES);
  return file;
}

/**
 * Reads what {@link packArchive} wrote.
 *
 * @throws VoiceprintError `vault/damaged` for a wrong passphrase, an altered, truncated or foreign
 *   file, or one that holds a malformed voiceprint: nothing of it is returned then.
 */
export async function unpackArchive(
  bytes: Uint8Array,
  passphrase: string,
): Promise<readonly Voiceprint[]> {
  // A copy: the caller's bytes may be shared memory or change while the key is derived.
  const file = new Uint8Array(bytes);
  if (MAGIC.subarray(0, -1).some((byte, i) => file[i] !== byte)) {
    throw damaged('this is no exported voiceprint file; choose one that was made with export()');
  }
  const version = file[MAGIC.length - 1];
  if (version === undefined) throw damaged('the file ends after its name; copy it again');
  if (version !== VOICEPRINT_FORMAT) {
    throw otherFormat('the file', version, 'export again with the release that you import into');
  }
  if (file.length < HEADER_BYTES + TAG_BYTES) {
    throw damaged(`the file ends after ${file.length} bytes; copy it again, it was cut short`);
  }
  const header = file.slice(0, HEADER_BYTES);
  const iterations = new DataView(header.buffer).getUint32(ITERATIONS_AT);
  if (iterations < ARCHIVE_ITERATIONS || iterations > MAXIMUM_ITERATIONS) {
    throw damaged(
      `the file asks for ${iterations} key derivation rounds, expected ${ARCHIVE_ITERATIONS} to ${MAXIMUM_ITERATIONS}; its header was altered`,
    );
  }
  const key = await passphraseKey(passphrase, header, iterations);
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt(cipher(header), key, file.subarray(HEADER_BYTES));
  } catch (cause) {
    throw damaged(
      'the passphrase is wrong or the file was altered or cut short; check the passphrase, then the copy of the file',
      cause,
    );
  }
  try {
    const { voiceprints } = v.parse(archiveSchema, decodeJson(plain));
    return voiceprints.map((json) => checkVoiceprint(voiceprintFromJson(json)));
  } catch (cause) {
    throw damaged('the file opens but holds a malformed voiceprint; export it again', cause);
  }
}

async function passphraseKey(
  passphrase: string,
  header: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  requireCrypto();
  // NFC, so that a passphrase typed on another keyboard gives the same bytes.
  const secret = new TextEncoder().encode(String(passphrase).normalize('NFC'));
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey']);
  const salt = header.subarray(SALT_AT, IV_AT);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

function cipher(header: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: header.subarray(IV_AT), additionalData: header };
}

function damaged(message: string, cause?: unknown): VoiceprintError {
  return new VoiceprintError('vault/damaged', message, { cause });
}
