import { ELEMENT_TYPES, type ElementType } from '../element-types.js';
import { malformed, SAVE_STATE_DICT, unsupported } from '../failures.js';
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleSet,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './values.js';

/** What may be built from the arguments of a call in the file. */
type Rebuild = (args: readonly PickleValue[], name: string) => PickleValue;

/**
 * Every callable that a pickle may name, and what its call means here. Nothing of the file is
 * executed: a name that is not listed is refused before it is used.
 */
const REBUILDS: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ['collections.OrderedDict', dictFromPairs],
  ['builtins.dict', dictFromPairs],
  ['builtins.set', setFromItems],
  ['__builtin__.set', setFromItems],
  ['argparse.Namespace', () => new PickleDict('namespace')],
  ['types.SimpleNamespace', () => new PickleDict('namespace')],
  ['torch.Size', ([sizes], name) => new PickleTuple(itemsOf(sizes, name))],
  ['torch.device', (parts) => parts.map(String).join(':')],
  ['torch._utils._rebuild_tensor', tensorView],
  ['torch._utils._rebuild_tensor_v2', tensorView],
  ['torch._utils._rebuild_tensor_v3', typedTensorView],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
  ['_codecs.encode', encodedBytes],
]);

const STORAGES: ReadonlyMap<string, string> = new Map([
  ['FloatStorage', 'float32'],
  ['DoubleStorage', 'float64'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['UntypedStorage', 'uint8'],
]);

/**
 * Looks a name up on the allow-list.
 *
 * @throws VoiceprintError `checkpoint/unsupported` that names the class and the remedy.
 */
export function findGlobal(module: string, name: string): PickleValue {
  const full = `${module}.${name}`;
  if (REBUILDS.has(full) || storageType(full) !== undefined) return new PickleGlobal(full);
  if (module === 'torch' && ELEMENT_TYPES.has(name)) return full;
  if (module === 'torch' && /^(q?u?int|complex|float8|bits)\w*$/.test(name)) return full;
  throw refusal(module, full);
}

/** Calls a name of the allow-list. */
export function callGlobal(callee: PickleValue, args: PickleValue): PickleValue {
  const name = callee instanceof PickleGlobal ? callee.name : 'a value';
  const rebuild = REBUILDS.get(name);
  if (rebuild === undefined) throw malformed(`The pickle calls ${name}, which is no function`);
  return rebuild(itemsOf(args, name), name);
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
  const elementType = storageType(type.name);
  if (elementType === undefined) throw malformed(`The pickle uses ${type.name} as a storage`);
  return new PickleStorage(key, elementType, size(elements, `storage "${key}"`));
}

function refusal(module: string, full: string) {
  if (/^torch\.\w*Storage$/.test(full)) {
    return unsupported(
      `The checkpoint holds a ${full}, whose element type is not read`,
      'Convert its tensors to float32 (tensor.float()) before saving.',
    );
  }
  const whole = module.startsWith('torch.nn.') || module.startsWith('__torch__');
  return unsupported(
    whole
      ? `The checkpoint holds a whole module (${shorten(full)}), which only its own Python code can load`
      : `The checkpoint holds an object of class ${shorten(full)}, which is not on the list of safe ones`,
    SAVE_STATE_DICT,
  );
}

function shorten(name: string): string {
  return name.length > 120 ? `${name.slice(0, 120)}…` : name;
}

function storageType(full: string): ElementType | undefined {
  const match = /^torch\.(?:storage\.)?(\w+)$/.exec(full);
  return ELEMENT_TYPES.get(STORAGES.get(match?.[1] ?? '') ?? '');
}

function itemsOf(value: PickleValue | undefined, owner: string): readonly PickleValue[] {
  if (value instanceof PickleTuple || value instanceof PickleList) return value.items;
  throw malformed(`The pickle gives ${owner} something other than a tuple`);
}

function size(value: PickleValue | undefined, owner: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed(`The pickle gives ${owner} the size ${String(value)}`);
}

function dictFromPairs([pairs]: readonly PickleValue[], name: string): PickleDict {
  const dict = new PickleDict();
  if (pairs instanceof PickleDict) {
    for (const [key, value] of pairs.entries) dict.entries.set(key, value);
  } else if (pairs !== undefined) {
    for (const pair of itemsOf(pairs, name)) {
      const [key, value] = itemsOf(pair, name);
      if (key === undefined || value === undefined) {
        throw malformed(`The pickle gives ${name} an item that is no pair`);
      }
      dict.entries.set(key, value);
    }
  }
  return dict;
}

function setFromItems([items]: readonly PickleValue[], name: string): PickleSet {
  const set = new PickleSet();
  if (items !== undefined) for (const item of itemsOf(items, name)) set.items.add(item);
  return set;
}

function tensorView(
  [storage, offset, shape, strides]: readonly PickleValue[],
  name: string,
): PickleTensor {
  return makeTensor(storage, undefined, offset, shape, strides, name);
}

/** Version 3 carries the element type apart from an untyped storage. */
function typedTensorView(
  [storage, offset, shape, strides, , , dtype]: readonly PickleValue[],
  name: string,
): PickleTensor {
  const type = typeof dtype === 'string' ? dtype.replace(/^torch\./, '') : '';
  const elementType = ELEMENT_TYPES.get(type);
  if (elementType === undefined) {
    throw unsupported(
      `The checkpoint holds a tensor of type ${String(dtype)}, which is not read`,
      'Convert it to float32 (tensor.float()) before saving.',
    );
  }
  return makeTensor(storage, elementType, offset, shape, strides, name);
}

function makeTensor(
  storage: PickleValue | undefined,
  elementType: ElementType | undefined,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
  name: string,
): PickleTensor {
  if (!(storage instanceof PickleStorage)) throw malformed(`The pickle gives ${name} no storage`);
  const sizes = (value: PickleValue | undefined) =>
    itemsOf(value, name).map((item) => size(item, name));
  return new PickleTensor(
    storage,
    elementType ?? storage.elementType,
    size(offset, name),
    sizes(shape),
    sizes(strides),
  );
}

function parameter([tensor]: readonly PickleValue[], name: string): PickleTensor {
  if (tensor instanceof PickleTensor) return tensor;
  throw malformed(`The pickle gives ${name} no tensor`);
}

/** How protocol 2 writes bytes: as latin-1 text that is to be encoded again. */
function encodedBytes([text, encoding]: readonly PickleValue[], name: string): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1') {
    throw malformed(`The pickle gives ${name} something other than latin-1 text`);
  }
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
