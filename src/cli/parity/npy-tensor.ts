import type { TensorValue } from '../../runtime/index.js';
import type { Computed } from './compare.js';
import type { NpyArray } from './npy.js';

/** A stored array as a graph's input. */
export function tensorOf({ dtype, shape, values }: NpyArray): TensorValue {
  switch (dtype) {
    case 'int64':
      return { type: 'int64', dims: shape, data: BigInt64Array.from(values, (v) => BigInt(v)) };
    case 'int32':
      return { type: 'int32', dims: shape, data: Int32Array.from(values) };
    case 'uint8':
    case 'bool':
      return { type: 'uint8', dims: shape, data: Uint8Array.from(values) };
    default:
      return { type: 'float32', dims: shape, data: Float32Array.from(values) };
  }
}

/** A graph's output as values to compare; whole numbers of lengths and masks are exact. */
export function computedOf({ dims, data }: TensorValue): Computed {
  return {
    shape: dims,
    values: data instanceof BigInt64Array ? Float64Array.from(data, Number) : data,
  };
}
