import { ELEMENT_TYPES } from '../element-types.js';
import { malformed, SAVE_STATE_DICT, unsupported } from '../failures.js';
import { itemsOf, size } from './arguments.js';
import type { PickleBudget } from './budget.js';
import { elementTypeOf, isStorageClass } from './storage-classes.js';
import { parameter, tensorOfType, tensorView, typedTensorView } from './tensors.js';
import {
  PickleDict,
  PickleForeign,
  PickleGlobal,
  PickleSet,
  PickleStorage,
  PickleTuple,
  type PickleValue,
  RefusedTensor,
} from './values.js';

/** What may be built from the arguments of a call in the file. */
type Rebuild = (args: readonly PickleValue[], name: string, budget: PickleBudget) => PickleValue;

/**
 * Every callable whose call means something here. Nothing of the file is executed: a call of
 * another name leaves a placeholder.
 */
const REBUILDS: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ['collections.OrderedDict', dictFromPairs],
  ['builtins.dict', dictFromPairs],
  ['builtins.set', setFromItems],
  ['__builtin__.set', setFromItems],
  ['argparse.Namespace', () => new PickleDict('namespace')],
  ['types.SimpleNamespace', () => new PickleDict('namespace')],
  ['torch.Size', sizes],
  ['torch.device', device],
  ['torch._utils._rebuild_tensor', tensorView],
  ['torch._utils._rebuild_tensor_v2', tensorView],
  ['torch._utils._rebuild_tensor_v3', typedTensorView],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
  ['torch._tensor._rebuild_from_type_v2', tensorOfType],
  ['_codecs.encode', encodedBytes],
]);

/** What torch calls to make the tensors that are not read here: sparse, quantized, without data. */
const TENSOR_MAKERS = /^torch\.[\w.]+\._rebuild_\w*(tensor|type)\w*$/;
/** Classes that mean something without a call. */
const TENSOR_CLASSES = /^torch\.(Tensor|nn\.parameter\.(Parameter|Buffer))$/;
const LONGEST_NAME = 1024;
const LONGEST_DEVICE = 32;

/**
 * Looks a name up. A name that is not known is no fault by itself: training scripts leave dates,
 * paths and configurations beside the tensors.
 */
export function findGlobal(module: string, name: string, budget: PickleBudget): PickleValue {
  if (module.length + name.length > LONGEST_NAME) {
    throw malformed(`The pickle names a class by ${module.length + name.length} characters`);
  }
  const full = `${module}.${name}`;
  budget.text(full.length);
  if (module === 'torch' && ELEMENT_TYPES.has(name)) return full;
  if (module === 'torch' && /^(q?u?int|complex|float8|bits)\w*$/.test(name)) return full;
  return new PickleGlobal(full);
}

/** Whether a name means nothing here, so that what it makes is passed over. */
export function isForeign(name: string): boolean {
  return !REBUILDS.has(name) && !isStorageClass(name) && !TENSOR_CLASSES.test(name);
}

/** What a call of a name stands for. */
export function callGlobal(
  callee: PickleValue,
  args: PickleValue,
  budget: PickleBudget,
): PickleValue {
  budget.value();
  // What an unknown object would return is unknown as well.
  if (callee instanceof PickleForeign) return callee;
  if (!(callee instanceof PickleGlobal)) {
    throw malformed('The pickle calls a value, which is no function');
  }
  const { name } = callee;
  const rebuild = REBUILDS.get(name);
  if (rebuild !== undefined) return rebuild(itemsOf(args, name), name, budget);
  return TENSOR_MAKERS.test(name) ? new RefusedTensor(name) : new PickleForeign(name);
}

/** The storage that a persistent id names: `('storage', class, key, location, elements)`. */
export function storageFromId(id: PickleValue): PickleStorage {
  const [kind, type, key, , elements, view] = itemsOf(id, 'a persistent id');
  if (view !== undefined && view !== null) {
    throw unsupported(
      'The checkpoint holds a view of a storage (torch before 0.4)',
      SAVE_STATE_DICT,
    );
  }
  if (kind !== 'storage' || typeof key !== 'string' || !(type instanceof PickleGlobal)) {
    throw malformed('The pickle refers to something outside that is not a storage');
  }
  if (!isStorageClass(type.name)) throw malformed(`The pickle uses ${type.name} as a storage`);
  const count = size(elements, `storage "${key}"`);
  return new PickleStorage(key, elementTypeOf(type.name), count, type.name);
}

function dictFromPairs(
  [pairs]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleDict {
  const dict = new PickleDict();
  if (pairs instanceof PickleDict) {
    for (const [key, value] of pairs.entries) {
      budget.value();
      dict.set(key, value);
    }
  } else if (pairs !== undefined) {
    for (const pair of itemsOf(pairs, name)) {
      const [key, value] = itemsOf(pair, name);
      if (key === undefined || value === undefined) {
        throw malformed(`The pickle gives ${name} an item that is no pair`);
      }
      budget.value();
      dict.set(key, value);
    }
  }
  return dict;
}

function setFromItems(
  [items]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleSet {
  const set = new PickleSet();
  for (const item of items === undefined ? [] : itemsOf(items, name)) {
    budget.value();
    set.items.push(item);
  }
  return set;
}

function sizes([given]: readonly PickleValue[], name: string): PickleTuple {
  return new PickleTuple(itemsOf(given, name));
}

function device(parts: readonly PickleValue[], name: string): PickleValue {
  const [type, index] = parts;
  const short = typeof type === 'string' && type.length <= LONGEST_DEVICE;
  if (!short) return new PickleForeign(name);
  return typeof index === 'number' ? `${type}:${index}` : type;
}

/** How protocol 2 writes bytes: as latin-1 text that is to be encoded again. */
function encodedBytes(
  [text, encoding]: readonly PickleValue[],
  name: string,
  budget: PickleBudget,
): PickleValue {
  if (typeof text !== 'string' || encoding !== 'latin1') return new PickleForeign(name);
  budget.text(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
