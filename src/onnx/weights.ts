import { LARGEST_HALF, toHalfBits } from './half.js';

/**
 * How large weight matrices are stored. Computation is float32 in every case: half and int8
 * weights are widened by the graph itself, once, when the session is created.
 */
export type Precision = 'fp32' | 'fp16' | 'int8';

/** Weights with fewer elements stay float32: they cost little and often carry the offsets. */
export const SMALLEST_PACKED_WEIGHT = 512;

/** A weight as it is stored. */
export interface PackedWeight {
  readonly dtype: 'float32' | 'float16' | 'int8';
  readonly bytes: Uint8Array;
  /** Factors of int8 values. */
  readonly scales?: { readonly values: Float32Array; readonly shape: readonly number[] };
}

/**
 * A weight at the given precision: float32 where it is too small to matter or too large for a half.
 * @param outputAxis - the output-channel axis, which carries the scales of int8 storage.
 */
export function packWeight(
  values: ArrayLike<number>,
  shape: readonly number[],
  outputAxis: number,
  precision: Precision,
): PackedWeight {
  const small = values.length < SMALLEST_PACKED_WEIGHT || shape.length < 2;
  if (precision === 'int8' && !small) {
    const { bytes, scales, scaleShape } = packInt8(values, shape, outputAxis);
    return { dtype: 'int8', bytes, scales: { values: scales, shape: scaleShape } };
  }
  const half = precision === 'fp16' && !small ? packHalf(values) : undefined;
  if (half !== undefined) return { dtype: 'float16', bytes: half };
  return { dtype: 'float32', bytes: floatBytes(values) };
}

/** Bytes of the values as float32: of float32 values the same memory, else a rounded copy. */
export function floatBytes(values: ArrayLike<number>): Uint8Array {
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The largest magnitude of finite weights. */
function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}

/** Half-precision bytes, or undefined where a value does not fit a half. */
export function packHalf(values: ArrayLike<number>): Uint8Array | undefined {
  if (largestMagnitude(values) > LARGEST_HALF) return undefined;
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = toHalfBits(values[i] ?? 0);
  return new Uint8Array(bits.buffer);
}

/**
 * Symmetric int8, one scale per slice along `axis` (the output channel): value = scale * int8.
 * The scale has the shape of the weight with every other axis 1.
 */
export function packInt8(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
): { bytes: Uint8Array; scales: Float32Array; scaleShape: number[] } {
  const channels = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const scales = new Float32Array(channels);
  for (let i = 0; i < values.length; i++) {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel] ?? 0, Math.abs(values[i] ?? 0) / 127);
  }
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const scale = scales[channelOf(i)] ?? 0;
    // The scale was rounded to float32, so the quotient can exceed 127 by a hair.
    bytes[i] =
      scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round((values[i] ?? 0) / scale)));
  }
  const scaleShape = shape.map((size, i) => (i === axis ? size : 1));
  return { bytes: new Uint8Array(bytes.buffer), scales, scaleShape };
}
