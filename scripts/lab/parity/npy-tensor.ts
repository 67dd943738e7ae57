import type { TensorValue } from '../../../src/tensor.js';
import type { Computed } from './compare.js';
import type { NpyArray } from './npy.js';

/**
 * A stored array as a graph's input.
 * @param type - what the graph takes, where torch would convert: a mask of numbers is true where it
 *   is not 0, and added booleans count as 0 and 1.
 */
export function tensorOf(
  { dtype, shape, values }: NpyArray,
  type: TensorValue['type'] = dtype === 'float64' ? 'float32' : dtype,
): TensorValue {
  switch (type) {
    case 'int64':
      return { type: 'int64', dims: shape, data: BigInt64Array.from(values, (v) => BigInt(v)) };
    case 'int32':
      return { type: 'int32', dims: shape, data: Int32Array.from(values) };
    case 'uint8':
    case 'bool':
      return {
        type: 'uint8',
        dims: shape,
        data: Uint8Array.from(values, (v) => (v === 0 ? 0 : 1)),
      };
    case 'float32':
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
