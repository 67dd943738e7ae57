import { VoiceprintError } from '../../errors.js';
import { checkBudget, checkChannels } from './budget.js';
import { checkSampleRate, type DecodedAudio } from './channels.js';
import { CODECS } from './encoded/codecs.js';
import { decodePieces, type PieceLimits } from './encoded/decode-pieces.js';
import { type EncodedKind, encodedKind, withoutTags } from './encoded/encoded-kind.js';
import { type EncodedLength, encodedLength } from './encoded/encoded-length.js';
import type { OpenDecoder } from './encoded/piece-decoder.js';
import { readHeader } from './linear/read-header.js';
import { linearFrames, readLinear } from './linear/samples.js';

/** A file that needs a decoder, as far as its header tells. */
export interface EncodedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Undefined where the first bytes are of no format that is known here. */
  readonly kind: EncodedKind | undefined;
  /** Undefined where the file does not say how long it is. */
  readonly length: EncodedLength | undefined;
}

/** Decodes what is not linear: browsers and Node bring their own. */
export type DecodeEncoded = (file: EncodedFile, limits: PieceLimits) => Promise<DecodedAudio>;

/**
 * Decodes a whole file. Linear samples are read here, so that they are the same everywhere; the
 * rest goes to `decodeEncoded`, after a look at how much it will be.
 *
 * @throws VoiceprintError `audio/undecodable` for what cannot be read, `audio/too-long` for more
 * than is taken, `audio/invalid` for an impossible rate, `aborted`.
 */
export async function decodeFile(
  file: Uint8Array<ArrayBuffer>,
  limits: PieceLimits,
  decodeEncoded: DecodeEncoded,
): Promise<DecodedAudio> {
  const bytes = withoutTags(file);
  const header = readHeader(bytes);
  if (header === undefined) {
    const kind = encodedKind(bytes);
    const length = kind === undefined ? undefined : encodedLength(bytes, kind);
    if (length !== undefined) checkBudget(length, limits.maximumSeconds);
    return decodeEncoded({ bytes, kind, length }, limits);
  }
  const { channels, sampleRate } = header;
  checkChannels(channels);
  checkSampleRate(sampleRate);
  if ('codec' in header) {
    const { frames = 0 } = header;
    checkBudget({ channels, sampleRate, frames }, limits.maximumSeconds);
    return decodeWith(CODECS[header.codec], header.bytes, limits);
  }
  const frames = linearFrames(header);
  if (frames === 0) throw undecodable(bytes, 'no sample follows the header');
  checkBudget({ channels, sampleRate, frames }, limits.maximumSeconds);
  return { channels: readLinear(bytes, header), sampleRate };
}

/**
 * Decodes in pieces.
 *
 * @param open - Opens the decoder; undefined where there is none.
 * @throws VoiceprintError `audio/undecodable` where there is none or it fails, and as
 * {@link decodePieces}.
 */
export async function decodeWith(
  open: OpenDecoder | undefined,
  bytes: Uint8Array,
  limits: PieceLimits,
): Promise<DecodedAudio> {
  if (open === undefined) throw undecodable(bytes, 'no format that is known here begins like this');
  try {
    const decoded = await decodePieces(bytes, open, limits);
    // A file that breaks off in its header decodes to nothing, without an error.
    if (decoded.channels.length > 0) return decoded;
  } catch (cause) {
    if (cause instanceof VoiceprintError) throw cause;
    throw undecodable(bytes, cause);
  }
  throw undecodable(bytes, 'the decoder gave no audio');
}

/** What a file is answered with that no decoder reads. */
export function undecodable(bytes: Uint8Array, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'audio/undecodable',
    `cannot decode the audio (${bytes.byteLength} bytes); save it as WAV with 16-bit PCM, FLAC, MP3 or Ogg Opus`,
    { cause },
  );
}
