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
  | PickleStorage
  | PickleTensor;

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A dict, an OrderedDict or a Namespace. Keys that are objects are told apart by identity. */
export class PickleDict {
  constructor(readonly kind: 'dict' | 'namespace' = 'dict') {}
  readonly entries = new Map<PickleValue, PickleValue>();
}

export class PickleSet {
  readonly items = new Set<PickleValue>();
}

/** A class or function on the allow-list, by its dotted Python name. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** Raw elements that one or more tensors are views of. */
export class PickleStorage {
  constructor(
    readonly key: string,
    readonly elementType: ElementType,
    /** Number of elements. */
    readonly elements: number,
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
