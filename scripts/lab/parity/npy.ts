import { asBytes, type ByteSource } from '../../../src/bytes.js';
import { VoiceprintError } from '../../../src/errors.js';
import { elementCount } from '../../../src/tensor.js';

/** Values of a `.npy` file in row-major order. */
export interface NpyArray {
  readonly dtype: 'float32' | 'float64' | 'int64' | 'int32' | 'uint8' | 'bool';
  readonly shape: readonly number[];
  /** float64, float32 and integer values alike as JavaScript numbers. */
  readonly values: Float64Array | Float32Array | Int32Array | Uint8Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads NumPy's `.npy` format, versions 1 to 3: little endian, C order, plain numeric types.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param name - names the file in errors.
 * @throws VoiceprintError `cli/usage` when the bytes are no such array.
 */
export function readNpy(source: ByteSource, name: string): NpyArray {
  const bytes = asBytes(source);
  const fail = (what: string): never => {
    throw new VoiceprintError('cli/usage', `${name}: ${what}; expected a little-endian .npy array`);
  };
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) fail('not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = view.getUint8(6);
  const headerStart = major === 1 ? 10 : 12;
  const headerSize = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = headerStart + headerSize;
  if (dataStart > bytes.length) fail('the header is truncated');
  const header = new TextDecoder('latin1').decode(bytes.subarray(headerStart, dataStart));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? fail(`no 'descr' in ${header}`);
  if (/'fortran_order':\s*True/.test(header)) fail('Fortran order');
  const sizes = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? fail(`no 'shape' in ${header}`);
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count) || count < 0) fail(`shape (${sizes}) is no shape`);

  const itemSize = Number(descr.slice(2));
  if (dataStart + count * itemSize > bytes.length) {
    fail(`truncated: shape (${sizes}) of ${descr} needs ${count * itemSize} bytes of values`);
  }
  // A copy: the values must be aligned, and a Buffer's slice would share its pool.
  const data = new Uint8Array(bytes.subarray(dataStart, dataStart + count * itemSize)).buffer;
  switch (descr) {
    case '<f4':
      return { dtype: 'float32', shape, values: new Float32Array(data) };
    case '<f8':
      return { dtype: 'float64', shape, values: new Float64Array(data) };
    case '<i8':
      return { dtype: 'int64', shape, values: Float64Array.from(new BigInt64Array(data), Number) };
    case '<i4':
      return { dtype: 'int32', shape, values: new Int32Array(data) };
    case '|u1':
      return { dtype: 'uint8', shape, values: new Uint8Array(data) };
    case '|b1':
      return { dtype: 'bool', shape, values: new Uint8Array(data) };
    default:
      return fail(`element type ${descr}`);
  }
}
