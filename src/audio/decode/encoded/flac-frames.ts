import type { HeaderBytes } from '../linear/layout.js';

/** Bytes at the end of a file within which its last frame is looked for. */
const TAIL = 1 << 18;

/** Longest header of a frame, with its CRC. */
const LONGEST_HEADER = 16;

/**
 * The sample at which the last frame of a FLAC file begins (RFC 9639, 9.1), found from the end by
 * its sync code and the CRC of its header.
 *
 * @param blockSamples - Samples per block, of files in which all blocks have one size.
 * @returns 0 when no frame is found.
 */
export function lastFlacFrame(header: HeaderBytes, blockSamples: number): number {
  const { bytes } = header;
  const first = Math.max(42, bytes.length - TAIL);
  for (let offset = bytes.length - 6; offset >= first; offset--) {
    if (bytes[offset] !== 0xff || ((bytes[offset + 1] ?? 0) & 0xfe) !== 0xf8) continue;
    const number = codedNumber(bytes.subarray(offset, offset + LONGEST_HEADER));
    if (number === undefined) continue;
    const variable = ((bytes[offset + 1] ?? 0) & 1) === 1;
    return variable ? number : number * blockSamples;
  }
  return 0;
}

/** The number of a frame, coded as UTF-8 codes characters; undefined where the CRC is another. */
function codedNumber(frame: Uint8Array): number | undefined {
  const [, , rates = 0, , lead = 0] = frame;
  const blockCode = rates >> 4;
  const rateCode = rates & 15;
  const following = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1;
  if (following < 0 || following > 6 || blockCode === 0 || rateCode === 15) return undefined;
  let number = lead < 0x80 ? lead : lead & (0x3f >> following);
  for (const byte of frame.subarray(5, 5 + following)) {
    if ((byte & 0xc0) !== 0x80) return undefined;
    number = number * 64 + (byte & 0x3f);
  }
  const blockBytes = blockCode === 6 ? 1 : blockCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode >= 13 ? 2 : 0;
  const end = 5 + following + blockBytes + rateBytes;
  return frame[end] === crc8(frame.subarray(0, end)) ? number : undefined;
}

/** x^8 + x^2 + x + 1, from 0. */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 7) & 0xff : crc << 1;
  }
  return crc;
}
