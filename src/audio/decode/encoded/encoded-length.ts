import { HeaderBytes } from '../linear/layout.js';
import type { EncodedKind } from './encoded-kind.js';
import { lastFlacFrame } from './flac-frames.js';
import { mp3Length } from './mp3-frames.js';

/** What an encoded file says of itself, before it is decoded. */
export interface EncodedLength {
  readonly channels: number;
  /** Rate in Hz. */
  readonly sampleRate: number;
  /** Samples in one channel. */
  readonly frames: number;
}

/** Bytes at the end of a file within which its last page or frame begins. */
const TAIL = 65_536 + 1_024;

/** Opus counts at this rate, whatever was recorded. */
const OPUS_RATE = 48_000;

/**
 * How long a file is, by its header and its end, without decoding it.
 *
 * @returns undefined where it does not say: then only decoding tells.
 */
export function encodedLength(bytes: Uint8Array, kind: EncodedKind): EncodedLength | undefined {
  if (kind === 'mp3') return mp3Length(bytes);
  const header = new HeaderBytes(bytes);
  if (header.is(0, 'OggS')) return oggLength(header);
  if (kind === 'flac') return flacLength(header);
  return kind === 'mp4' ? mp4Length(header) : undefined;
}

/**
 * STREAMINFO comes first in every FLAC file (RFC 9639, 8.2). Its total may be missing, or lie; the
 * number that the last frame bears tells too.
 */
function flacLength(header: HeaderBytes): EncodedLength | undefined {
  if (!header.is(0, 'fLaC') || header.length < 42) return undefined;
  const packed = header.u32(18, false);
  const sampleRate = packed >>> 12;
  const stated = ((header.bytes[21] ?? 0) & 15) * 2 ** 32 + header.u32(22, false);
  const frames = Math.max(stated, lastFlacFrame(header, header.u16(8, false)));
  if (frames === 0 || sampleRate === 0) return undefined;
  return { channels: ((packed >>> 9) & 7) + 1, sampleRate, frames };
}

/** The last page of an Ogg file counts the samples up to its end (RFC 3533, RFC 7845). */
function oggLength(header: HeaderBytes): EncodedLength | undefined {
  const packet = 27 + (header.bytes[26] ?? 0);
  const opus = header.is(packet, 'OpusHead');
  if (!opus && !header.is(packet, '\x01vorbis')) return undefined;
  const frames = lastGranule(header);
  if (frames === undefined) return undefined;
  return {
    channels: header.bytes[packet + (opus ? 9 : 11)] ?? 0,
    sampleRate: opus ? OPUS_RATE : header.u32(packet + 12, true),
    frames: Math.max(0, frames - (opus ? header.u16(packet + 10, true) : 0)),
  };
}

function lastGranule(header: HeaderBytes): number | undefined {
  const first = Math.max(0, header.length - TAIL);
  for (let offset = header.length - 27; offset >= first; offset--) {
    if (!header.is(offset, 'OggS')) continue;
    const granule = header.view.getBigInt64(offset + 6, true);
    // -1 stands on pages on which no packet ends.
    if (granule >= 0n) return Number(granule);
  }
  return undefined;
}

/** The movie header of an MP4 file (ISO 14496-12, 8.2.2): seconds, as frames of one per unit. */
function mp4Length(header: HeaderBytes): EncodedLength | undefined {
  let offset = 0;
  let end = header.length;
  while (offset + 8 <= end) {
    const small = header.u32(offset, false);
    const size = small === 1 ? header.u64(offset + 8, false) : small === 0 ? end - offset : small;
    if (size < 8) return undefined;
    if (header.is(offset + 4, 'mvhd')) return movieLength(header, offset + 8);
    if (header.is(offset + 4, 'moov')) {
      end = Math.min(end, offset + size);
      offset += 8;
    } else offset += size;
  }
  return undefined;
}

function movieLength(header: HeaderBytes, at: number): EncodedLength | undefined {
  const long = header.bytes[at] === 1;
  const unitsPerSecond = header.u32(at + (long ? 20 : 12), false);
  const units = long ? header.u64(at + 24, false) : header.u32(at + 16, false);
  if (unitsPerSecond === 0 || units === 0 || units === 0xffff_ffff) return undefined;
  // Neither rate nor channels stand here: the usual ones, to reckon with.
  return { channels: 2, sampleRate: 48_000, frames: (units / unitsPerSecond) * 48_000 };
}
