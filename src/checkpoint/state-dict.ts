import type { Tensor } from '../tensor.js';
import { malformed, overLimit, SAVE_STATE_DICT, unsupported } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import {
  PickleDict,
  PickleList,
  PickleSet,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './pickle/values.js';

/** What a checkpoint holds beside its tensors, as JSON would have it. */
export type MetadataValue =
  | null
  | boolean
  | number
  | string
  | readonly MetadataValue[]
  | { readonly [key: string]: MetadataValue };

/** How the state dict was wrapped in the file. */
export interface Wrapping {
  /** Keys of the dicts around the state dict, outermost first: `['model']` for BEATs. */
  readonly keys: readonly string[];
  /** What was taken off the front of every key: `module.` of DataParallel, `_orig_mod.` of compile. */
  readonly prefix: string;
}

export interface StateDict {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly wrapping: Wrapping;
}

/** Keys under which training scripts put the state dict, the likeliest first. */
const WRAPPER_KEYS = ['state_dict', 'model_state_dict', 'model', 'net', 'module'];
const PREFIXES = ['module.', '_orig_mod.'];

/**
 * Finds the state dict in what a pickle held: opens known wrappers, joins the keys of nested dicts
 * with dots, and keeps the rest as metadata.
 *
 * @param makeTensor - Turns a description into a tensor that reads its values on demand.
 */
export function findStateDict(
  root: PickleValue,
  makeTensor: (key: string, tensor: PickleTensor) => Tensor,
  limits: CheckpointLimits,
): StateDict {
  if (!(root instanceof PickleDict)) {
    throw unsupported('The checkpoint is not a dict of tensors', SAVE_STATE_DICT);
  }
  const walk = new Walk(limits);
  const metadata: [string, MetadataValue][] = [];
  const keys: string[] = [];
  let dict = root;
  for (let inner = findWrapped(dict); inner !== undefined; inner = findWrapped(dict)) {
    for (const [key, value] of dict.entries) {
      if (key !== inner.key) metadata.push([String(key), walk.describe(value, 1)]);
    }
    keys.push(inner.key);
    dict = inner.dict;
    if (keys.length > limits.depth) throw tooDeep(limits);
  }
  const found = new Map<string, PickleTensor>();
  walk.collect(dict, '', 0, found, metadata);
  if (found.size === 0) {
    throw unsupported('The checkpoint holds no tensors', SAVE_STATE_DICT);
  }
  const prefix = commonPrefix([...found.keys()]);
  const tensors = new Map<string, Tensor>();
  for (const [key, tensor] of found) {
    const name = key.slice(prefix.length);
    tensors.set(name, makeTensor(name, tensor));
  }
  return { tensors, metadata: Object.fromEntries(metadata), wrapping: { keys, prefix } };
}

function findWrapped(dict: PickleDict): { key: string; dict: PickleDict } | undefined {
  for (const key of WRAPPER_KEYS) {
    const inner = dict.entries.get(key);
    if (inner instanceof PickleDict && holdsTensor(inner)) return { key, dict: inner };
  }
  return undefined;
}

function holdsTensor(root: PickleDict): boolean {
  const seen = new Set<PickleValue>([root]);
  // The set grows while it is walked: each value is looked at once, however it is nested.
  for (const value of seen) {
    if (value instanceof PickleTensor) return true;
    if (value instanceof PickleDict) for (const inner of value.entries.values()) seen.add(inner);
    if (value instanceof PickleList || value instanceof PickleTuple) {
      for (const inner of value.items) seen.add(inner);
    }
  }
  return false;
}

function commonPrefix(keys: readonly string[]): string {
  let prefix = '';
  for (;;) {
    const longer = PREFIXES.map((next) => prefix + next).find((next) =>
      keys.every((key) => key.startsWith(next) && key.length > next.length),
    );
    if (longer === undefined) return prefix;
    prefix = longer;
  }
}

function tooDeep(limits: CheckpointLimits) {
  return overLimit('The checkpoint nests dicts', limits.depth + 1, limits.depth, 'depth');
}

/** Counts what it visits: a few nested lists can stand for billions of values. */
class Walk {
  readonly #limits: CheckpointLimits;
  #visited = 0;

  constructor(limits: CheckpointLimits) {
    this.#limits = limits;
  }

  /** Sorts the leaves of nested dicts and lists into tensors and metadata. */
  collect(
    value: PickleValue,
    key: string,
    depth: number,
    tensors: Map<string, PickleTensor>,
    metadata: [string, MetadataValue][],
  ): void {
    this.#visit(depth);
    const inside = (name: string) => (key === '' ? name : `${key}.${name}`);
    if (value instanceof PickleTensor) {
      if (tensors.has(key)) throw malformed(`The checkpoint holds "${key}" twice`);
      tensors.set(key, value);
    } else if (value instanceof PickleDict) {
      for (const [name, inner] of value.entries) {
        this.collect(inner, inside(String(name)), depth + 1, tensors, metadata);
      }
    } else if (value instanceof PickleList || value instanceof PickleTuple) {
      for (const [i, inner] of value.items.entries()) {
        this.collect(inner, inside(String(i)), depth + 1, tensors, metadata);
      }
    } else {
      metadata.push([key, this.describe(value, depth)]);
    }
  }

  describe(value: PickleValue, depth: number): MetadataValue {
    this.#visit(depth);
    if (value === null || typeof value !== 'object') {
      return typeof value === 'bigint' ? String(value) : value;
    }
    if (value instanceof PickleDict) {
      return Object.fromEntries(
        [...value.entries].map(([key, inner]) => [String(key), this.describe(inner, depth + 1)]),
      );
    }
    if (value instanceof PickleList || value instanceof PickleTuple || value instanceof PickleSet) {
      return [...value.items].map((inner) => this.describe(inner, depth + 1));
    }
    if (value instanceof PickleTensor) {
      return `tensor ${value.elementType.dtype} [${value.shape.join(', ')}]`;
    }
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    return 'name' in value ? value.name : `storage ${value.key}`;
  }

  #visit(depth: number): void {
    const { depth: deepest, tensors } = this.#limits;
    if (depth > deepest) throw tooDeep(this.#limits);
    this.#visited += 1;
    if (this.#visited > tensors) {
      throw overLimit('The checkpoint holds values', this.#visited, tensors, 'tensors');
    }
  }
}
