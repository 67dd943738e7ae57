import { type ByteFile, readRange } from './byte-file.js';
import { ByteReader } from './byte-reader.js';
import type { ReadContents } from './contents.js';
import { listContents } from './contents.js';
import { malformed, SAVE_STATE_DICT, unsupported } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { PickleBudget } from './pickle/budget.js';
import { PickleMachine } from './pickle/machine.js';
import { elementBytes } from './pickle/storage-classes.js';
import { PickleList } from './pickle/values.js';
import { storageTensor } from './storage-tensor.js';

/** The first pickle of the file: the integer 0x1950a86a20f9469cfc6c. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const PROTOCOL = 0x80;
const PROTOCOL_BYTES = 2;
/** Protocols 4 and 5 put the length of what follows before it. */
const FRAME = 0x95;
const FRAME_BYTES = 9;
const VERSION = 1001;
const COUNT_BYTES = 8;
const WHAT = 'The checkpoint';

/** Whether a file starts as the format before PyTorch 1.6 does, in any protocol of pickle. */
export function isLegacyPytorch(bytes: Uint8Array): boolean {
  return magicEnd(bytes) !== undefined;
}

/** Where the magic number ends; undefined where there is none. */
function magicEnd(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== PROTOCOL) return undefined;
  const start = PROTOCOL_BYTES + (bytes[PROTOCOL_BYTES] === FRAME ? FRAME_BYTES : 0);
  return MAGIC.every((byte, i) => bytes[start + i] === byte) ? start + MAGIC.length : undefined;
}

/**
 * Reads what `torch.save` wrote before PyTorch 1.6 (torch/serialization.py, `_legacy_save`): the
 * pickles of a magic number, a version, the writing system, the object and the storage keys, then
 * each storage as its element count and its values, little-endian on every system.
 */
export function readPytorchLegacy(file: ByteFile, limits: CheckpointLimits): ReadContents {
  const index = readRange(file, 0, Math.min(file.size, limits.indexBytes), WHAT);
  let position = magicEnd(index) ?? 0;
  const budget = new PickleBudget(limits, file.size);
  const next = () => {
    const machine = new PickleMachine(index, budget, position);
    const value = machine.run();
    position = machine.position;
    return { value, machine };
  };
  const version = next().value;
  if (version !== VERSION) {
    const which = typeof version === 'number' ? ` (version ${version})` : '';
    throw malformed(`The checkpoint has a format that is not known${which}`);
  }
  next();
  const { value: root, machine } = next();
  const keys = next().value;
  if (!(keys instanceof PickleList)) throw malformed('The checkpoint does not list its storages');
  const values = new Map<string, { readonly start: number; readonly bytes: number }>();
  for (const key of keys.items) {
    const storage = typeof key === 'string' ? machine.storages.get(key) : undefined;
    if (storage === undefined || values.has(storage.key)) {
      throw malformed('The checkpoint lists a storage that is not known');
    }
    const size = elementBytes(storage.className);
    if (size === undefined) {
      throw unsupported(`The checkpoint holds a ${storage.className}`, SAVE_STATE_DICT);
    }
    const count = new ByteReader(readRange(file, position, COUNT_BYTES, WHAT), WHAT).uint64();
    const place = { start: position + COUNT_BYTES, bytes: count * size };
    values.set(storage.key, place);
    position = place.start + place.bytes;
    if (position > file.size) {
      throw malformed(`${WHAT} ends after ${file.size} bytes, its storages after ${position}`);
    }
  }
  const contents = listContents(
    root,
    (name, tensor) => {
      const storage = values.get(tensor.storage.key);
      if (storage === undefined) throw malformed(`The checkpoint lacks the values of "${name}"`);
      const { start, bytes } = storage;
      const read = () => readRange(file, start, bytes, WHAT);
      return storageTensor(name, tensor, { bytes, littleEndian: true, read }, limits);
    },
    limits,
    budget,
  );
  return { contents, foreign: [...machine.foreign] };
}
