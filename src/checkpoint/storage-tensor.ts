import type { Tensor } from '../tensor.js';
import { malformed } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { elementBytes } from './pickle/storage-classes.js';
import type { PickleTensor } from './pickle/values.js';
import { stridedTensor } from './strided-tensor.js';

/** Where the bytes of a storage are. */
export interface StorageBytes {
  readonly bytes: number;
  readonly littleEndian: boolean;
  readonly read: () => Uint8Array;
}

/**
 * The tensor that a pickle describes, over the bytes of its storage.
 *
 * @throws VoiceprintError `checkpoint/malformed` when the storage has another size than the pickle
 *   says, or the tensor leaves it.
 */
export function storageTensor(
  name: string,
  { storage, elementType, shape, strides, offset }: PickleTensor,
  { bytes, littleEndian, read }: StorageBytes,
  limits: CheckpointLimits,
): Tensor {
  const expected = storage.elements * (elementBytes(storage.className) ?? 1);
  if (bytes !== expected) {
    throw malformed(
      `The storage "${storage.key}" has ${bytes} bytes, ${expected} were expected for ${storage.elements} values of ${storage.className}, from which "${name}" is taken`,
    );
  }
  const elements = Math.floor(bytes / elementType.bytes);
  return stridedTensor(
    { name, elementType, shape, strides, offset, elements, littleEndian, bytes: read },
    limits,
  );
}
