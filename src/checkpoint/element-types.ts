import type { TensorDtype } from '../tensor.js';

/** How the elements of one type lie in a file and become float32. */
export interface ElementType {
  readonly dtype: TensorDtype;
  readonly bytes: number;
  /** Reads the element that starts at a byte offset. */
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const types: readonly ElementType[] = [
  { dtype: 'float32', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  { dtype: 'float64', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  {
    dtype: 'float16',
    bytes: 2,
    read: (view, at, little) => halfToNumber(view.getUint16(at, little)),
  },
  {
    dtype: 'bfloat16',
    bytes: 2,
    read: (view, at, little) => brainToNumber(view.getUint16(at, little)),
  },
  { dtype: 'int64', bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  { dtype: 'int32', bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  { dtype: 'int16', bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) },
  { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) },
  { dtype: 'bool', bytes: 1, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
];

/** Element types by their torch name without `torch.`, which is also this package's name. */
export const ELEMENT_TYPES: ReadonlyMap<string, ElementType> = new Map<string, ElementType>(
  types.map((type) => [type.dtype, type]),
);

let halves: Float32Array | undefined;

/** All 65,536 values are tabled once: checkpoints hold millions of them. */
function halfToNumber(bits: number): number {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, half) => decodeHalf(half));
  return halves[bits] ?? 0;
}

/** IEEE 754 binary16. */
function decodeHalf(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits * 0x10000);
  return scratch.getFloat32(0);
}
