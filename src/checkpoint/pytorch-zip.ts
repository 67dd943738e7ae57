import type { ByteFile } from './byte-file.js';
import type { ReadContents } from './contents.js';
import { listContents } from './contents.js';
import { malformed, overLimit, SAVE_STATE_DICT, unsupported } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { PickleBudget } from './pickle/budget.js';
import { PickleMachine } from './pickle/machine.js';
import { storageTensor } from './storage-tensor.js';
import { ZipArchive } from './zip/archive.js';
import type { ZipEntry } from './zip/directory.js';

/**
 * Reads what `torch.save` writes since PyTorch 1.6 (torch/serialization.py): a zip archive with
 * the pickle `NAME/data.pkl`, one entry `NAME/data/KEY` per storage, and maybe `NAME/byteorder`.
 */
export function readPytorchZip(file: ByteFile, limits: CheckpointLimits): ReadContents {
  const archive = new ZipArchive(file, limits);
  const pickle = findPickle(archive);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  if (pickle.bytes > limits.indexBytes) {
    throw overLimit('The pickle has bytes', pickle.bytes, limits.indexBytes, 'indexBytes');
  }
  const budget = new PickleBudget(limits, file.size);
  if (pickle.bytes > budget.allowed) {
    // Not worth unpacking: reading a byte of it costs at least one.
    throw overLimit('The pickle has bytes', pickle.bytes, budget.allowed, 'pickleBytes');
  }
  const littleEndian = readByteOrder(archive, folder) === 'little';
  const machine = new PickleMachine(archive.read(pickle), budget);
  const contents = listContents(
    machine.run(),
    (name, tensor) => {
      const { key } = tensor.storage;
      const entry = archive.entries.get(`${folder}data/${key}`);
      if (entry === undefined) {
        throw malformed(`The checkpoint lacks the entry "data/${key}", the values of "${name}"`);
      }
      const storage = { bytes: entry.bytes, littleEndian, read: () => archive.read(entry) };
      return storageTensor(name, tensor, storage, limits);
    },
    limits,
    budget,
  );
  return { contents, foreign: [...machine.foreign] };
}

function findPickle(archive: ZipArchive): ZipEntry {
  const names = [...archive.entries.keys()];
  const script = names.find((name) => /(^|\/)(constants\.pkl$|code\/)/.test(name));
  if (script !== undefined) {
    throw unsupported('The file is a TorchScript module, which holds code', SAVE_STATE_DICT);
  }
  const pickles = names.filter((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  const entry = archive.entries.get(pickles[0] ?? '');
  if (entry === undefined || pickles.length > 1) {
    throw unsupported(
      `The zip archive holds ${pickles.length} entries "data.pkl" (its first entry is "${names[0] ?? ''}"), so it is no checkpoint of torch.save`,
      'Give the file that torch.save wrote, unpacked from any outer archive.',
    );
  }
  return entry;
}

function readByteOrder(archive: ZipArchive, folder: string): 'little' | 'big' {
  const entry = archive.entries.get(`${folder}byteorder`);
  if (entry === undefined) return 'little';
  const order = entry.bytes > 16 ? '' : new TextDecoder().decode(archive.read(entry));
  if (order !== 'little' && order !== 'big') {
    throw malformed('The checkpoint\'s entry "byteorder" says neither "little" nor "big"');
  }
  return order;
}
