/** Bit rates in kbit/s by version (MPEG-1, or 2 and 2.5), layer 3 (ISO 11172-3, 13818-3). */
const BIT_RATES = {
  one: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  two: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

/** Rates in Hz of MPEG-1; halved for MPEG-2, and halved again for 2.5. */
const RATES = [44_100, 48_000, 32_000] as const;

/** Bytes within which the first frame must begin: files that were cut begin in the middle of one. */
const SEARCHED = 65_536;

/** Frames that must follow each other, so that noise is not taken for MP3. */
const FRAMES_IN_A_ROW = 3;

/** The header of one frame of MPEG layer 3. */
interface Mp3Frame {
  readonly bytes: number;
  readonly samples: number;
  readonly sampleRate: number;
  readonly channels: number;
}

/** Where the first frame of an MP3 file begins; undefined where none is found. */
export function firstMp3Frame(bytes: Uint8Array): number | undefined {
  const last = Math.min(bytes.length, SEARCHED);
  for (let offset = 0; offset < last; offset++) {
    if (bytes[offset] === 0xff && isRun(bytes, offset)) return offset;
  }
  return undefined;
}

/**
 * Length of an MP3 file by its frames, exactly: headers of files with a variable bit rate may be
 * missing, and those that are there may lie.
 */
export function mp3Length(
  bytes: Uint8Array,
): { frames: number; sampleRate: number; channels: number } | undefined {
  let offset = firstMp3Frame(bytes);
  if (offset === undefined) return undefined;
  const first = frameAt(bytes, offset);
  if (first === undefined) return undefined;
  let frames = 0;
  while (offset < bytes.length) {
    const frame = frameAt(bytes, offset);
    if (frame !== undefined) frames += frame.samples;
    offset += frame?.bytes ?? 1;
  }
  return { frames, sampleRate: first.sampleRate, channels: first.channels };
}

function isRun(bytes: Uint8Array, start: number): boolean {
  let offset = start;
  for (let i = 0; i < FRAMES_IN_A_ROW; i++) {
    if (i > 0 && offset >= bytes.length) return true;
    const frame = frameAt(bytes, offset);
    if (frame === undefined) return false;
    offset += frame.bytes;
  }
  return true;
}

function frameAt(bytes: Uint8Array, offset: number): Mp3Frame | undefined {
  const [sync = 0, kind = 0, rates = 0, mode = 0] = bytes.subarray(offset, offset + 4);
  const version = (kind >> 3) & 3;
  // Layer 3 is number 1; version 1 is reserved.
  if (sync !== 0xff || (kind & 0xe6) !== 0xe2 || version === 1) return undefined;
  const one = version === 3;
  const kilobits = (one ? BIT_RATES.one : BIT_RATES.two)[rates >> 4];
  const rate = RATES[(rates >> 2) & 3];
  if (kilobits === undefined || kilobits === 0 || rate === undefined) return undefined;
  const sampleRate = rate / (one ? 1 : version === 2 ? 2 : 4);
  const samples = one ? 1_152 : 576;
  const padding = (rates >> 1) & 1;
  return {
    bytes: Math.floor((samples / 8) * ((kilobits * 1_000) / sampleRate)) + padding,
    samples,
    sampleRate,
    channels: mode >> 6 === 3 ? 1 : 2,
  };
}
