import {
  badHeader,
  HeaderBytes,
  type LinearLayout,
  type SampleEncoding,
  unreadableCodec,
} from './layout.js';

/** Encodings of Sun's .au by number (audio_filehdr.h): how a sample is written, and in how many bytes. */
const AU_CODES: Readonly<Record<number, readonly [SampleEncoding, number]>> = {
  1: ['ulaw', 1],
  2: ['signed', 1],
  3: ['signed', 2],
  4: ['signed', 3],
  5: ['signed', 4],
  6: ['float', 4],
  7: ['float', 8],
  27: ['alaw', 1],
};

/** @returns undefined when it is no Sun or NeXT audio file. */
export function readAu(bytes: Uint8Array): LinearLayout | undefined {
  const header = new HeaderBytes(bytes);
  if (!header.is(0, '.snd')) return undefined;
  const start = header.u32(4, false);
  const codes = AU_CODES[header.u32(12, false)];
  if (start < 24) throw badHeader('AU', `claims that its samples begin at byte ${start}`);
  if (codes === undefined) throw unreadableCodec('AU', `encoding ${header.u32(12, false)}`);
  const room = Math.max(0, bytes.length - start);
  const [encoding, sampleBytes] = codes;
  return {
    container: 'AU',
    channels: header.u32(20, false),
    sampleRate: header.u32(16, false),
    encoding,
    sampleBytes,
    littleEndian: false,
    start,
    bytes: Math.min(room, header.u32(8, false)),
  };
}

/** Compression types of AIFF-C that are linear. `undefined` for the bytes: the sample size says. */
const AIFF_CODES: Readonly<Record<string, readonly [SampleEncoding, number | undefined, boolean]>> =
  {
    NONE: ['signed', undefined, false],
    twos: ['signed', undefined, false],
    sowt: ['signed', undefined, true],
    'raw ': ['unsigned', 1, false],
    in24: ['signed', 3, false],
    in32: ['signed', 4, false],
    '42ni': ['signed', 3, true],
    '23ni': ['signed', 4, true],
    fl32: ['float', 4, false],
    FL32: ['float', 4, false],
    fl64: ['float', 8, false],
    FL64: ['float', 8, false],
    alaw: ['alaw', 1, false],
    ALAW: ['alaw', 1, false],
    ulaw: ['ulaw', 1, false],
    ULAW: ['ulaw', 1, false],
  };

/** @returns undefined when it is no AIFF or AIFF-C file. */
export function readAiff(bytes: Uint8Array): LinearLayout | undefined {
  const header = new HeaderBytes(bytes);
  const compressed = header.is(8, 'AIFC');
  if (!header.is(0, 'FORM') || !(compressed || header.is(8, 'AIFF'))) return undefined;
  let common = 0;
  let sound = 0;
  let soundBytes = 0;
  let offset = 12;
  while (offset + 8 <= header.length && !(common > 0 && sound > 0)) {
    const size = header.u32(offset + 4, false);
    if (header.is(offset, 'COMM')) common = offset + 8;
    if (header.is(offset, 'SSND')) {
      sound = offset + 16 + header.u32(offset + 8, false);
      soundBytes = Math.max(0, size - 8);
    }
    offset += 8 + size + (size % 2);
  }
  if (common === 0 || sound === 0) throw badHeader('AIFF', 'has no COMM or SSND chunk');
  const compression = compressed ? header.word(common + 18) : 'NONE';
  const codes = AIFF_CODES[compression];
  if (codes === undefined) throw unreadableCodec('AIFF', `"${compression}" audio`);
  const bits = header.u16(common + 6, false);
  const [encoding, fixed, littleEndian] = codes;
  const sampleBytes = fixed ?? Math.ceil(bits / 8);
  if (sampleBytes < 1 || sampleBytes > 8) throw badHeader('AIFF', `claims ${bits} bits per sample`);
  const room = Math.max(0, bytes.length - sound);
  return {
    container: 'AIFF',
    channels: header.u16(common, false),
    sampleRate: extended(header, common + 8),
    encoding,
    sampleBytes,
    littleEndian,
    start: sound,
    bytes: Math.min(room, soundBytes),
  };
}

/** A number of 80 bits (IEEE 754 extended), as AIFF writes its rate; exact for whole rates. */
function extended(header: HeaderBytes, offset: number): number {
  const exponent = (header.u16(offset, false) & 0x7fff) - 16_383;
  return (header.u32(offset + 2, false) / 2 ** 31) * 2 ** exponent;
}

/** @returns undefined when it is no Core Audio file. */
export function readCaf(bytes: Uint8Array): LinearLayout | undefined {
  const header = new HeaderBytes(bytes);
  if (!header.is(0, 'caff')) return undefined;
  let description = 0;
  let offset = 8;
  while (offset + 12 <= header.length) {
    const size = header.u64(offset + 4, false);
    if (header.is(offset, 'desc')) description = offset + 12;
    if (header.is(offset, 'data')) {
      if (description === 0) break;
      // Four bytes count edits; a size of -1 means to the end of the file.
      const start = offset + 16;
      return cafLayout(
        header,
        description,
        start,
        Math.min(size - 4, Math.max(0, bytes.length - start)),
      );
    }
    offset += 12 + size;
  }
  throw badHeader('CAF', 'has no description before its data');
}

function cafLayout(header: HeaderBytes, at: number, start: number, bytes: number): LinearLayout {
  const format = header.word(at + 8);
  const flags = header.u32(at + 12, false);
  const bits = header.u32(at + 28, false);
  const channels = header.u32(at + 24, false);
  if (format !== 'lpcm' && format !== 'alaw' && format !== 'ulaw') {
    throw unreadableCodec('CAF', `"${format}" audio`);
  }
  const linear = format === 'lpcm';
  const packet = header.u32(at + 16, false) / Math.max(1, channels);
  const sampleBytes = linear
    ? Math.max(Math.ceil(bits / 8), Number.isInteger(packet) ? packet : 0)
    : 1;
  const isFloat = linear && (flags & 1) !== 0;
  if (sampleBytes < 1 || sampleBytes > 8 || (isFloat && sampleBytes !== 4 && sampleBytes !== 8)) {
    throw badHeader('CAF', `claims ${bits} bits per sample`);
  }
  return {
    container: 'CAF',
    channels,
    sampleRate: at + 8 <= header.length ? header.view.getFloat64(at, false) : 0,
    encoding: linear ? (isFloat ? 'float' : 'signed') : format,
    sampleBytes,
    littleEndian: linear && (flags & 2) !== 0,
    start,
    bytes: Math.max(0, bytes),
  };
}
