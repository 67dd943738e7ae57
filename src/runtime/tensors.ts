import type * as Ort from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import type { TensorValue } from '../tensor.js';
import { elementCount } from '../tensor.js';

/** @throws VoiceprintError `graph/invalid` when data and dims, or data and type, disagree. */
export function toOrtTensor(ort: typeof Ort, name: string, value: TensorValue): Ort.Tensor {
  const { type, dims, data } = value;
  if (elementCount(dims) !== data.length) {
    throw new VoiceprintError(
      'graph/invalid',
      `input "${name}" has ${data.length} values for shape [${dims.join(', ')}], which holds ${elementCount(dims)}`,
    );
  }
  try {
    return new ort.Tensor(type, data, dims);
  } catch (cause) {
    throw new VoiceprintError(
      'graph/invalid',
      `input "${name}" of type ${type} cannot hold a ${data.constructor.name} of shape [${dims.join(', ')}]`,
      { cause },
    );
  }
}

/** Reads an output back to the CPU; one on the GPU is disposed there. */
export async function fromOrtTensor(name: string, tensor: Ort.Tensor): Promise<TensorValue> {
  const { type } = tensor;
  const data = tensor.location === 'cpu' ? tensor.data : await tensor.getData(true);
  switch (type) {
    case 'float32':
    case 'int64':
    case 'int32':
    case 'uint8':
    case 'bool':
      if (
        data instanceof Float32Array ||
        data instanceof BigInt64Array ||
        data instanceof Int32Array ||
        data instanceof Uint8Array
      ) {
        return { type, dims: tensor.dims, data };
      }
  }
  throw new VoiceprintError(
    'graph/unsupported',
    `output "${name}" is of type ${type}; cast it to float32 or an integer in the graph`,
  );
}
