import { elementCount, type Tensor } from '../tensor.js';
import type { ElementType } from './element-types.js';
import { malformed, overLimit } from './failures.js';
import type { CheckpointLimits } from './limits.js';

/** A view of raw elements: where the bytes are, and how the tensor walks over them. */
export interface StridedView {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  /** In elements, as are `offset` and `elements`. */
  readonly strides: readonly number[];
  readonly offset: number;
  /** Number of elements that the storage has. */
  readonly elements: number;
  readonly littleEndian: boolean;
  /** The storage's bytes; called when values are asked for. */
  readonly bytes: () => Uint8Array;
}

const MOST_DIMENSIONS = 64;
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Row-major strides of a shape, in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, shape[axis] ?? 1);
  }
  return strides;
}

/**
 * A tensor over bytes that stay where they are. Contiguous float32 values come back as a view,
 * everything else is converted at each call of `float32()`.
 *
 * @throws VoiceprintError `checkpoint/malformed` when the view leaves its storage,
 *   `checkpoint/limit` when it has too many elements.
 */
export function stridedTensor(view: StridedView, limits: CheckpointLimits): Tensor {
  checkView(view, limits);
  const { shape, elementType } = view;
  return { dtype: elementType.dtype, shape, float32: () => readValues(view) };
}

function checkView(
  { name, shape, strides, offset, elements }: StridedView,
  limits: CheckpointLimits,
) {
  if (shape.length !== strides.length || shape.length > MOST_DIMENSIONS) {
    throw malformed(`Tensor "${name}" has ${shape.length} sizes and ${strides.length} strides`);
  }
  for (const number of [offset, ...shape, ...strides]) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw malformed(`Tensor "${name}" has the size, stride or offset ${number}`);
    }
  }
  if (shape.includes(0)) return;
  const count = elementCount(shape);
  if (count > limits.elements) {
    throw overLimit(
      `Tensor "${name}" says how many elements it has`,
      count,
      limits.elements,
      'elements',
    );
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), offset);
  if (last >= elements) {
    throw malformed(
      `Tensor "${name}" reaches element ${last} of a storage that has ${elements} elements`,
    );
  }
}

function readValues(view: StridedView): Float32Array {
  const { shape, strides, offset, elementType, littleEndian } = view;
  const count = elementCount(shape);
  if (count === 0) return new Float32Array(0);
  const bytes = view.bytes();
  if (isRowMajor(shape, strides)) {
    const start = bytes.byteOffset + offset * elementType.bytes;
    if (elementType.dtype === 'float32' && littleEndian === HOST_IS_LITTLE_ENDIAN) {
      return start % 4 === 0
        ? new Float32Array(bytes.buffer, start, count)
        : alignedCopy(bytes.subarray(offset * 4, (offset + count) * 4));
    }
  }
  return gather(view, bytes, count);
}

/** Not by `slice`, which copies nothing of a Node `Buffer`. */
function alignedCopy(bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float32Array(copy.buffer);
}

/** Sizes of one do not matter: torch gives them any stride. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajorStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

function gather(view: StridedView, bytes: Uint8Array, count: number): Float32Array {
  const { shape, strides, elementType, littleEndian } = view;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  const columns = shape.at(-1) ?? 1;
  const step = (strides.at(-1) ?? 1) * elementType.bytes;
  const index = new Array<number>(Math.max(0, shape.length - 1)).fill(0);
  let row = view.offset * elementType.bytes;
  for (let filled = 0; filled < count; filled += columns) {
    for (let column = 0, at = row; column < columns; column++, at += step) {
      values[filled + column] = elementType.read(data, at, littleEndian);
    }
    // Counts up the indices of the outer axes like an odometer.
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const stride = (strides[axis] ?? 0) * elementType.bytes;
      const size = shape[axis] ?? 1;
      const next = (index[axis] ?? 0) + 1;
      row += stride;
      if (next < size) {
        index[axis] = next;
        break;
      }
      row -= size * stride;
      index[axis] = 0;
    }
  }
  return values;
}
