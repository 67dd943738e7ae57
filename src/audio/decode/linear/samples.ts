import type { LinearLayout } from './layout.js';

/** The value of one sample at an offset of a view, in [-1, 1). */
type ReadSample = (view: DataView, offset: number) => number;

/**
 * Takes the frames of a file apart into channels.
 *
 * Integers are divided by two to the power of their bits less one on both sides of zero, as
 * libsndfile, soundfile and torchaudio do, whatever decoder a browser has.
 *
 * @param bytes - The file.
 * @returns one array per channel; a frame that is cut off at the end is left out.
 */
export function readLinear(bytes: Uint8Array, layout: LinearLayout): Float32Array[] {
  const { channels, sampleBytes, start } = layout;
  const frameBytes = channels * sampleBytes;
  const frames = linearFrames(layout);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = reader(layout);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    let offset = start + channel * sampleBytes;
    for (let i = 0; i < frames; i++) {
      samples[i] = read(view, offset);
      offset += frameBytes;
    }
    return samples;
  });
}

/** Whole frames that the file holds. */
export function linearFrames({ channels, sampleBytes, bytes }: LinearLayout): number {
  return Math.floor(bytes / (channels * sampleBytes));
}

function reader({ encoding, sampleBytes, littleEndian }: LinearLayout): ReadSample {
  switch (encoding) {
    case 'alaw':
      return (view, offset) => expandALaw(view.getUint8(offset)) / 32_768;
    case 'ulaw':
      return (view, offset) => expandMuLaw(view.getUint8(offset)) / 32_768;
    case 'float':
      return sampleBytes === 4
        ? (view, offset) => view.getFloat32(offset, littleEndian)
        : (view, offset) => view.getFloat64(offset, littleEndian);
    case 'unsigned':
      return (view, offset) => (view.getUint8(offset) - 128) / 128;
    case 'signed':
      return signedReader(sampleBytes, littleEndian);
  }
}

function signedReader(sampleBytes: number, littleEndian: boolean): ReadSample {
  if (sampleBytes === 1) return (view, offset) => view.getInt8(offset) / 128;
  if (sampleBytes === 2) return (view, offset) => view.getInt16(offset, littleEndian) / 32_768;
  if (sampleBytes === 3) {
    return littleEndian
      ? (view, offset) =>
          (view.getUint16(offset, true) + view.getInt8(offset + 2) * 65_536) / 2 ** 23
      : (view, offset) =>
          (view.getUint8(offset + 2) + view.getInt16(offset, false) * 256) / 2 ** 23;
  }
  // Of wider samples the upper 32 bits are more than a float32 holds.
  const upper = littleEndian ? sampleBytes - 4 : 0;
  return (view, offset) => view.getInt32(offset + upper, littleEndian) / 2 ** 31;
}

/** ITU-T G.711, table 1: a code to 16 bits. */
function expandALaw(code: number): number {
  const flipped = code ^ 0x55;
  const exponent = (flipped >> 4) & 7;
  const mantissa = ((flipped & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (flipped & 0x80) !== 0 ? magnitude : -magnitude;
}

/** ITU-T G.711, table 2: a code to 16 bits. */
function expandMuLaw(code: number): number {
  const flipped = ~code & 0xff;
  const magnitude = ((((flipped & 15) << 3) + 132) << ((flipped >> 4) & 7)) - 132;
  return (flipped & 0x80) !== 0 ? -magnitude : magnitude;
}
