import { HeaderBytes } from '../linear/layout.js';
import { firstMp3Frame } from './mp3-frames.js';

/** Kinds of files that need a decoder. */
export type EncodedKind =
  | 'flac'
  | 'mp3'
  | 'opus'
  | 'vorbis'
  | 'aac'
  | 'mp4'
  | 'webm'
  | 'amr'
  | 'qoa';

/** Bytes of an ID3v2 header, and of its footer. */
const ID3_HEADER = 10;

/** Two bytes of MPEG audio look alike: layer 0 is ADTS, which holds AAC. */
const ADTS = 0xf0;

/**
 * The file without the ID3v2 tags that stand before it, as some programs put them before any
 * format. Decoders look for the first word of the format at the very beginning.
 */
export function withoutTags(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let start = 0;
  for (;;) {
    const header = new HeaderBytes(bytes.subarray(start, start + ID3_HEADER));
    if (header.length < ID3_HEADER || !header.is(0, 'ID3')) return bytes.subarray(start);
    const [flags = 0, ...size] = header.bytes.subarray(5);
    // Seven bits of each byte count, so that no size looks like the beginning of a frame.
    const body = size.reduce((total, byte) => total * 128 + (byte & 0x7f), 0);
    start += ID3_HEADER + body + ((flags & 0x10) !== 0 ? ID3_HEADER : 0);
  }
}

/**
 * Which decoder a file needs, by its first bytes.
 *
 * @returns undefined for what nobody here knows.
 */
export function encodedKind(bytes: Uint8Array): EncodedKind | undefined {
  const header = new HeaderBytes(bytes);
  if (header.is(0, 'fLaC')) return 'flac';
  if (header.is(0, 'OggS')) return oggKind(header);
  if (header.is(4, 'ftyp')) return 'mp4';
  if (header.is(0, '\x1a\x45\xdf\xa3')) return 'webm';
  if (header.is(0, '#!AMR')) return 'amr';
  if (header.is(0, 'qoaf')) return 'qoa';
  if (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === ADTS) return 'aac';
  return firstMp3Frame(bytes) === undefined ? undefined : 'mp3';
}

function oggKind(header: HeaderBytes): EncodedKind {
  const packet = 27 + (header.bytes[26] ?? 0);
  if (header.is(packet, 'OpusHead')) return 'opus';
  return header.is(packet, '\x7fFLAC') ? 'flac' : 'vorbis';
}
