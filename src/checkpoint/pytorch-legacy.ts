import { ByteReader } from './byte-reader.js';
import { malformed } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { PickleMachine } from './pickle/machine.js';
import { PickleList, type PickleValue } from './pickle/values.js';
import { findStateDict, type StateDict } from './state-dict.js';
import { storageTensor } from './storage-tensor.js';

/** The first pickle of the file: the integer 0x1950a86a20f9469cfc6c. */
const MAGIC = [
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];
const VERSION = 1001;

export function isLegacyPytorch(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads what `torch.save` wrote before PyTorch 1.6 (torch/serialization.py, `_legacy_save`): the
 * pickles of a magic number, a version, the writing system, the object and the storage keys, then
 * each storage as its element count and its values, little-endian on every system.
 */
export function readPytorchLegacy(bytes: Uint8Array, limits: CheckpointLimits): StateDict {
  let position = MAGIC.length;
  const next = () => {
    const index = bytes.subarray(0, Math.min(bytes.length, position + limits.indexBytes));
    const machine = new PickleMachine(index, limits, position);
    const value = machine.run();
    position = machine.position;
    return { value, storages: machine.storages };
  };
  const version = next().value;
  if (version !== VERSION) throw malformed(`The checkpoint has the format ${String(version)}`);
  next();
  const { value: root, storages } = next();
  const keys = next().value;
  if (!(keys instanceof PickleList)) throw malformed('The checkpoint does not list its storages');
  const values = new Map<PickleValue, Uint8Array>();
  const reader = new ByteReader(bytes, 'The checkpoint', position);
  for (const key of keys.items) {
    const storage = storages.get(key);
    if (storage === undefined) throw malformed(`The checkpoint lists the unknown storage "${key}"`);
    values.set(key, reader.bytes(reader.uint64() * storage.elementType.bytes));
  }
  return findStateDict(
    root,
    (name, tensor) => {
      const storage = values.get(tensor.storage.key);
      if (storage === undefined) throw malformed(`The checkpoint lacks the values of "${name}"`);
      const place = { bytes: storage.length, littleEndian: true, read: () => storage };
      return storageTensor(name, tensor, place, limits);
    },
    limits,
  );
}
