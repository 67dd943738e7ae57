import type { ByteSource } from '../bytes.js';
import type { VoiceprintError } from '../errors.js';
import type { NamedTensors } from '../tensor.js';
import { type ByteFile, isByteFile, memoryFile } from './byte-file.js';
import type { CheckpointContents, ReadContents } from './contents.js';
import { malformed, SAVE_STATE_DICT, unsupported } from './failures.js';
import { CHECKPOINT_LIMITS, type CheckpointLimits } from './limits.js';
import type { MetadataValue } from './metadata.js';
import { isLegacyPytorch, readPytorchLegacy } from './pytorch-legacy.js';
import { readPytorchZip } from './pytorch-zip.js';
import { isSafetensors, readSafetensors } from './safetensors.js';
import { usualStateDict, type Wrapping } from './state-dict.js';

export type { ByteSource } from '../bytes.js';
export type { NamedTensors } from '../tensor.js';
export { type ByteFile, blobFile, memoryFile } from './byte-file.js';
export {
  chooseStateDict,
  stateDictPaths,
} from './choose-state-dict.js';
export type { CheckpointContents } from './contents.js';
export { CHECKPOINT_LIMITS, type CheckpointLimits } from './limits.js';
export type { MetadataValue } from './metadata.js';
export { printable } from './printable.js';
export type { StateDict, Wrapping } from './state-dict.js';

/** What {@link readCheckpoint} found in a file. */
export interface Checkpoint {
  /** Which file format was found. */
  readonly format: 'pytorch' | 'safetensors';
  /**
   * The state dict, in the file's order, under the upstream keys. Values are read on demand. Where
   * a file holds several, or one under a key that is no usual one, {@link chooseStateDict} finds it.
   */
  readonly tensors: NamedTensors;
  /** What is not a tensor: BEATs' `cfg`, an epoch, a safetensors file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** Keys under which the state dict lay, from the outside in. */
  readonly wrapping: Wrapping;
  /** All that the file holds, with optimizer states and the like. */
  readonly contents: CheckpointContents;
  /**
   * Dotted Python names of classes and functions that mean nothing here, such as
   * `datetime.timedelta`. Their objects were passed over: nothing was imported or called, and
   * {@link metadata} has `<datetime.timedelta>` in their place.
   */
  readonly foreign: readonly string[];
}

/**
 * Reads a checkpoint: what `torch.save` wrote of a state dict (the zip format of PyTorch 1.6 and
 * later, and the one before it) or safetensors. No code of the file is run: of its pickle a few
 * names of data and tensors mean something, and all others stand for objects that are passed over.
 *
 * The tensors read `source` when their values are asked for: it must not change while they are in
 * use. Of a {@link ByteFile} nothing else is kept in memory. A tensor that
 * depends on an object that was passed over throws when its values are asked for.
 *
 * @param source - The whole file, as a buffer or any view of one, or read piece by piece.
 * @param limits - Overrides of {@link CHECKPOINT_LIMITS}.
 * @throws VoiceprintError `checkpoint/malformed` for bytes that are cut off or changed,
 *   `checkpoint/unsupported` for whole modules and other formats, `checkpoint/limit` for files that
 *   ask for too much.
 */
export function readCheckpoint(
  source: ByteSource | ByteFile,
  limits: Partial<CheckpointLimits> = {},
): Checkpoint {
  const allowed = { ...CHECKPOINT_LIMITS, ...limits };
  try {
    const { format, contents, foreign } = readFile(
      isByteFile(source) ? source : memoryFile(source),
      allowed,
    );
    const { tensors, metadata, wrapping } = usualStateDict(contents);
    return { format, tensors, metadata, wrapping, contents, foreign };
  } catch (cause) {
    // A hostile file may exhaust the engine (stack, memory) in ways that no limit foresees.
    if (cause instanceof RangeError) throw malformed('The checkpoint cannot be read', cause);
    throw cause;
  }
}

const ZIP = [0x50, 0x4b];
const GZIP = [0x1f, 0x8b];
const PICKLE = [0x80];
const GIT_LFS = [...new TextEncoder().encode('version https://git-lfs')];
const HTML = [0x3c];
const ONNX = [0x08];
const TAR = { offset: 257, bytes: [...new TextEncoder().encode('ustar')] };

const START_BYTES = 512;

function readFile(
  file: ByteFile,
  limits: CheckpointLimits,
): ReadContents & Pick<Checkpoint, 'format'> {
  if (file.size === 0) throw malformed('The checkpoint is empty');
  const start = file.read(0, Math.min(file.size, START_BYTES));
  if (startsWith(start, ZIP)) return { format: 'pytorch', ...readPytorchZip(file, limits) };
  if (isLegacyPytorch(start)) return { format: 'pytorch', ...readPytorchLegacy(file, limits) };
  if (isSafetensors(start)) return { format: 'safetensors', ...readSafetensors(file, limits) };
  throw foreign(start);
}

function foreign(file: Uint8Array): VoiceprintError {
  if (startsWith(file, GIT_LFS)) {
    return malformed('The file is a Git LFS pointer', undefined, 'Run "git lfs pull" to fetch it.');
  }
  if (startsWith(file, HTML)) {
    return malformed('The file is a web page', undefined, 'Download the checkpoint itself.');
  }
  if (startsWith(file, GZIP)) {
    return unsupported('The file is packed with gzip', 'Unpack it first (gunzip, tar -xzf).');
  }
  if (startsWith(file, TAR.bytes, TAR.offset)) {
    return unsupported('The file is a tar archive', 'Unpack it, or load and save it with PyTorch.');
  }
  if (startsWith(file, PICKLE)) {
    return unsupported('The file is a bare pickle', SAVE_STATE_DICT);
  }
  if (startsWith(file, ONNX)) {
    return unsupported(
      'The file looks like an ONNX graph',
      'Give the checkpoint it was made from.',
    );
  }
  return malformed('The file is neither a PyTorch checkpoint nor safetensors');
}

function startsWith(file: Uint8Array, start: readonly number[], offset = 0): boolean {
  return start.every((byte, i) => file[offset + i] === byte);
}
