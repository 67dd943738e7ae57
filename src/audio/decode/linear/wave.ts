import {
  badHeader,
  HeaderBytes,
  type LinearLayout,
  type SampleEncoding,
  unreadableCodec,
  type WrappedAudio,
} from './layout.js';

/** Format tags of WAVE (mmreg.h). */
const TAG = {
  pcm: 1,
  msAdpcm: 2,
  float: 3,
  alaw: 6,
  ulaw: 7,
  imaAdpcm: 0x11,
  mp3: 0x55,
  extensible: 0xfffe,
} as const;

/** Codecs that WAVE files hold and nobody here decodes, for the message. */
const CODEC_NAMES: Readonly<Record<number, string>> = {
  20: 'G.723 ADPCM',
  34: 'TrueSpeech',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  66: 'G.723.1',
  69: 'G.726 ADPCM',
  80: 'MPEG audio layer 1 or 2',
  100: 'G.726 ADPCM',
  101: 'G.722',
  131: 'G.729',
  255: 'AAC',
  353: 'Windows Media Audio',
  655: 'G.722',
  41225: 'Speex',
};

/** Chunks by which an odd chunk is seen to lack its pad byte. */
const COMMON_CHUNKS = ['fmt ', 'data', 'LIST', 'fact'] as const;

/** The chunks of a WAVE file that matter. */
interface WaveChunks {
  readonly format: number;
  readonly formatBytes: number;
  readonly data: number;
  readonly dataBytes: number;
}

/**
 * Reads the header of a WAVE file: RIFF, RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), and Sony's
 * Wave64.
 *
 * @returns undefined when it is none of these.
 * @throws VoiceprintError `audio/undecodable` for a header that makes no sense, and for a codec
 * that is not read here.
 */
export function readWave(bytes: Uint8Array<ArrayBuffer>): LinearLayout | WrappedAudio | undefined {
  const header = new HeaderBytes(bytes);
  const large = header.is(0, 'RF64') || header.is(0, 'BW64');
  if ((large || header.is(0, 'RIFF')) && header.is(8, 'WAVE')) {
    return readFormat(header, riffChunks(header, large));
  }
  if (header.is(0, 'riff') && header.is(24, 'wave'))
    return readFormat(header, wave64Chunks(header));
  return undefined;
}

function riffChunks(header: HeaderBytes, large: boolean): WaveChunks {
  let format = 0;
  let formatBytes = 0;
  let dataBytes64 = 0;
  let offset = 12;
  while (offset + 8 <= header.length) {
    const bytes = header.u32(offset + 4, true);
    const body = offset + 8;
    if (header.is(offset, 'ds64')) dataBytes64 = header.u64(body + 8, true);
    if (header.is(offset, 'fmt ')) {
      format = body;
      formatBytes = bytes;
    }
    if (header.is(offset, 'data')) {
      const dataBytes = large && bytes === 0xffff_ffff ? dataBytes64 : bytes;
      return { format, formatBytes, data: body, dataBytes };
    }
    offset = nextChunk(header, body + bytes);
  }
  throw badHeader('WAV', 'has no data chunk');
}

/** Chunks begin at even offsets; some writers forget the byte that pads an odd one. */
function nextChunk(header: HeaderBytes, end: number): number {
  if (end % 2 === 0) return end;
  return COMMON_CHUNKS.some((name) => header.is(end, name)) ? end : end + 1;
}

/** Wave64 names chunks by GUIDs that begin with the same four letters; sizes count their own header. */
function wave64Chunks(header: HeaderBytes): WaveChunks {
  let format = 0;
  let formatBytes = 0;
  let offset = 40;
  while (offset + 24 <= header.length) {
    const bytes = header.u64(offset + 16, true) - 24;
    const body = offset + 24;
    if (header.is(offset, 'data'))
      return { format, formatBytes, data: body, dataBytes: Math.max(0, bytes) };
    if (bytes < 0) break;
    if (header.is(offset, 'fmt ')) {
      format = body;
      formatBytes = bytes;
    }
    offset = Math.ceil((body + bytes) / 8) * 8;
  }
  throw badHeader('Wave64', 'has no data chunk');
}

function readFormat(header: HeaderBytes, chunks: WaveChunks): LinearLayout | WrappedAudio {
  const { format, formatBytes, data } = chunks;
  if (format === 0 || formatBytes < 14)
    throw badHeader('WAV', 'has no format chunk before its data');
  let tag = header.u16(format, true);
  // The codec of an extensible format is the beginning of its GUID.
  if (tag === TAG.extensible) tag = header.u16(format + 24, true);
  const channels = header.u16(format + 2, true);
  const sampleRate = header.u32(format + 4, true);
  const room = header.length - data;
  // 0 and the largest number stand for "not known yet" in files that were written as they came.
  const bytes = chunks.dataBytes === 0 ? room : Math.min(chunks.dataBytes, room);
  if (channels === 0) throw badHeader('WAV', 'claims 0 channels');
  if (tag === TAG.mp3) {
    const mp3 = header.bytes.slice(data, data + bytes);
    return { codec: 'mp3', channels, sampleRate, frames: undefined, bytes: mp3 };
  }
  if (tag === TAG.msAdpcm || tag === TAG.imaAdpcm) {
    return {
      codec: 'adpcm',
      channels,
      sampleRate,
      frames: adpcmFrames(header, format, tag, channels, bytes),
      bytes: header.bytes.slice(),
    };
  }
  const { encoding, sampleBytes } = linearCodes(header, format, tag, channels);
  return {
    container: 'WAV',
    channels,
    sampleRate,
    encoding,
    sampleBytes,
    littleEndian: true,
    start: data,
    bytes,
  };
}

/**
 * Bits decide how wide a sample is, and not the block align, which lies in some files: except that
 * 20 and 24 bits may lie in 32.
 */
function linearCodes(
  header: HeaderBytes,
  format: number,
  tag: number,
  channels: number,
): { encoding: SampleEncoding; sampleBytes: number } {
  const bits = header.u16(format + 14, true);
  if (tag === TAG.alaw || tag === TAG.ulaw) {
    return { encoding: tag === TAG.alaw ? 'alaw' : 'ulaw', sampleBytes: 1 };
  }
  if (tag === TAG.float && (bits === 32 || bits === 64)) {
    return { encoding: 'float', sampleBytes: bits / 8 };
  }
  if (tag === TAG.pcm && bits >= 1 && bits <= 64) {
    const narrow = Math.ceil(bits / 8);
    const wide = header.u16(format + 12, true) === 4 * channels && narrow === 3;
    const sampleBytes = wide ? 4 : narrow;
    return { encoding: sampleBytes === 1 ? 'unsigned' : 'signed', sampleBytes };
  }
  if (tag === TAG.pcm || tag === TAG.float)
    throw badHeader('WAV', `claims ${bits} bits per sample`);
  const codec = CODEC_NAMES[tag] ?? `an unknown codec (0x${tag.toString(16)})`;
  throw unreadableCodec('WAV', codec);
}

/** Frames of ADPCM: every block of `blockBytes` says as many as fit in it, or the header lies. */
function adpcmFrames(
  header: HeaderBytes,
  format: number,
  tag: number,
  channels: number,
  bytes: number,
): number {
  const blockBytes = header.u16(format + 12, true);
  const stated = header.u16(format + 18, true);
  const heads = tag === TAG.msAdpcm ? 7 : 4;
  const first = tag === TAG.msAdpcm ? 2 : 1;
  const fits = first + ((blockBytes - heads * channels) * 2) / channels;
  if (channels > 2 || fits < first || stated > fits || (stated > 0 && stated < first)) {
    throw badHeader('WAV', `claims ${stated} samples in ADPCM blocks of ${blockBytes} bytes`);
  }
  return Math.floor(bytes / blockBytes) * (stated || Math.floor(fits));
}
