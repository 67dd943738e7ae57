import type { ElementType } from '../element-types.js';

/** What a checkpoint's pickle can hold. Nothing here carries behaviour from the file. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleForeign
  | PickleStorage
  | PickleTensor
  | RefusedTensor;

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A dict, an OrderedDict or a Namespace. */
export class PickleDict {
  constructor(readonly kind: 'dict' | 'namespace' = 'dict') {}
  #entries: Map<string, PickleValue> | undefined;

  /** By the text of the key: `'1'` for the number 1. */
  get entries(): ReadonlyMap<string, PickleValue> {
    return this.#entries ?? NO_ENTRIES;
  }

  /**
   * Keys are text, whose hashes are seeded: numbers that a file chooses could all share one bucket.
   * The map is made when it is needed, since every tensor carries an empty dict.
   */
  set(key: PickleValue, value: PickleValue): void {
    this.#entries ??= new Map();
    this.#entries.set(keyText(key) ?? `object ${this.#entries.size}`, value);
  }
}

const NO_ENTRIES: ReadonlyMap<string, PickleValue> = new Map();
const LONGEST_BYTES = 64;

/** Undefined for keys that have no short text of their own, such as tuples. */
function keyText(key: PickleValue): string | undefined {
  if (typeof key === 'string') return key;
  if (key === null) return 'None';
  if (key instanceof Uint8Array) {
    return key.length > LONGEST_BYTES ? undefined : String.fromCharCode(...key);
  }
  return typeof key === 'object' ? undefined : String(key);
}

/** A set or frozenset; its items may stand in it more than once. */
export class PickleSet {
  readonly items: PickleValue[] = [];
}

/** A class or function, by its dotted Python name: a name, and nothing that could be called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** The place of an object of a class that is not known here. What it holds is not kept. */
export class PickleForeign {
  constructor(readonly name: string) {}
}

/** Raw elements that one or more tensors are views of. */
export class PickleStorage {
  constructor(
    readonly key: string,
    /** Undefined where elements of this class are not read. */
    readonly elementType: ElementType | undefined,
    /** Number of elements. */
    readonly elements: number,
    /** Python's class of it. */
    readonly className: string,
  ) {}
}

/** A strided view of a storage: offset and strides count elements, not bytes. */
export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly elementType: ElementType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A tensor that cannot be read without an object that is not known here. */
export class RefusedTensor {
  constructor(
    /** The class or function that it depends on. */
    readonly reason: string,
    /** `[]` where the pickle does not tell. */
    readonly shape: readonly number[] = [],
  ) {}
}
