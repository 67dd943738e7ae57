import type { Tensor } from '../tensor.js';
import { malformed, overLimit, SAVE_STATE_DICT, unsupported } from './failures.js';
import type { CheckpointLimits } from './limits.js';
import { type MetadataValue, MetadataWriter } from './metadata.js';
import type { PickleBudget } from './pickle/budget.js';
import {
  PickleDict,
  PickleForeign,
  PickleList,
  PickleTensor,
  PickleTuple,
  type PickleValue,
  RefusedTensor,
} from './pickle/values.js';

/** All that a checkpoint holds, by its path: the keys of the dicts around it, joined with dots. */
export interface CheckpointContents {
  /** Every tensor of the file, by its full path. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Paths of the dicts that the tensors lie in, without the outermost one. */
  readonly dicts: ReadonlySet<string>;
  /** What is beside the tensors: numbers, text, lists and dictionaries, cut where it is long or deep. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
}

/** What each format's reader gives. */
export interface ReadContents {
  readonly contents: CheckpointContents;
  /** Classes and functions that were passed over. */
  readonly foreign: readonly string[];
}

/**
 * Module wrappers that stand in the middle of a key: `torch.compile`, FSDP and activation
 * checkpointing wrap single layers too.
 */
const WRAPPED_LAYERS = /(^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?=\.)/g;

/** A key without the wrappers around single layers. */
export function plainKey(key: string): string {
  if (!key.includes('_')) return key;
  const plain = key.replace(WRAPPED_LAYERS, '');
  return plain.startsWith('.') ? plain.slice(1) : plain;
}

type MakeTensor = (key: string, tensor: PickleTensor) => Tensor;

/**
 * Lists what a pickle held: tensors, and the rest as metadata.
 *
 * @param makeTensor - Turns a description into a tensor that reads its values on demand.
 */
export function listContents(
  root: PickleValue,
  makeTensor: MakeTensor,
  limits: CheckpointLimits,
  budget: PickleBudget,
): CheckpointContents {
  if (root instanceof PickleForeign) {
    const what = root.name.startsWith('torch.nn.') ? 'a whole module' : 'an object';
    throw unsupported(
      `The checkpoint is ${what} (${root.name}), which only its own Python code can load`,
      SAVE_STATE_DICT,
    );
  }
  if (!isContainer(root)) {
    throw unsupported('The checkpoint is not a dict of tensors', SAVE_STATE_DICT);
  }
  const walk = new ContentsWalk(makeTensor, limits, budget);
  walk.collect(root, '', 0);
  return walk;
}

type Container = PickleDict | PickleList | PickleTuple;

function isContainer(value: PickleValue): value is Container {
  return value instanceof PickleDict || value instanceof PickleList || value instanceof PickleTuple;
}

function isTensor(value: PickleValue): value is PickleTensor | RefusedTensor {
  return value instanceof PickleTensor || value instanceof RefusedTensor;
}

class ContentsWalk implements CheckpointContents {
  readonly tensors = new Map<string, Tensor>();
  readonly dicts = new Set<string>();
  readonly metadata = new Map<string, MetadataValue>();
  readonly #makeTensor: MakeTensor;
  readonly #limits: CheckpointLimits;
  readonly #budget: PickleBudget;
  readonly #writer: MetadataWriter;
  readonly #withTensors = new Map<Container, boolean>();
  /** A tensor that is saved under two keys stays one. */
  readonly #made = new Map<PickleValue, Tensor>();

  constructor(makeTensor: MakeTensor, limits: CheckpointLimits, budget: PickleBudget) {
    this.#makeTensor = makeTensor;
    this.#limits = limits;
    this.#budget = budget;
    this.#writer = new MetadataWriter(limits.depth);
  }

  collect(container: Container, path: string, depth: number): void {
    const { depth: deepest } = this.#limits;
    if (depth > deepest) throw overLimit('The checkpoint nests dicts', depth, deepest, 'depth');
    if (path !== '') this.dicts.add(path);
    const entries =
      container instanceof PickleDict ? container.entries.entries() : container.items.entries();
    for (const [name, value] of entries) {
      const key = path === '' ? String(name) : `${path}.${name}`;
      this.#budget.text(key.length);
      if (isTensor(value)) this.#add(key, value);
      else if (isContainer(value) && this.#holdsTensor(value, depth)) {
        this.collect(value, key, depth + 1);
      } else this.metadata.set(key, this.#writer.describe(value));
    }
  }

  #add(raw: string, value: PickleTensor | RefusedTensor): void {
    const { tensors: most } = this.#limits;
    if (this.tensors.size >= most) {
      throw overLimit('The checkpoint holds tensors', this.tensors.size + 1, most, 'tensors');
    }
    const plain = plainKey(raw);
    const key = this.tensors.has(plain) ? raw : plain;
    const tensor = this.#made.get(value) ?? this.#make(key, value);
    if (this.tensors.has(key)) throw malformed(`The checkpoint holds "${key}" twice`);
    this.#made.set(value, tensor);
    this.tensors.set(key, tensor);
  }

  #make(key: string, value: PickleTensor | RefusedTensor): Tensor {
    return value instanceof PickleTensor ? this.#makeTensor(key, value) : refusedTensor(key, value);
  }

  /** Below the deepest level nothing is searched. */
  #holdsTensor(container: Container, depth: number): boolean {
    const known = this.#withTensors.get(container);
    if (known !== undefined) return known;
    if (depth > this.#limits.depth) return false;
    // A container may hold itself.
    this.#withTensors.set(container, false);
    this.#budget.value();
    const inner =
      container instanceof PickleDict ? container.entries.values() : container.items.values();
    for (const value of inner) {
      if (isTensor(value) || (isContainer(value) && this.#holdsTensor(value, depth + 1))) {
        this.#withTensors.set(container, true);
        return true;
      }
    }
    return false;
  }
}

function refusedTensor(key: string, { reason, shape }: RefusedTensor): Tensor {
  return {
    dtype: 'unreadable',
    shape,
    float32: () => {
      throw unsupported(
        `Tensor "${key}" depends on ${reason}, which is not read`,
        'Make it a plain float32 tensor (tensor.detach().float()) before saving.',
      );
    },
  };
}
