import {
  PickleDict,
  PickleForeign,
  PickleGlobal,
  PickleList,
  PickleSet,
  PickleStorage,
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

const MOST_VALUES = 20_000;
const MOST_CHARACTERS = 1_000_000;
const LONGEST_TEXT = 10_000;
const CUT = '…';

/**
 * Writes down what is no tensor. It is only looked at, so that what is too long (the losses of every
 * step) or too deep is cut instead of refused: a few nested lists can stand for billions of values.
 */
export class MetadataWriter {
  readonly #depth: number;
  #values = 0;
  #characters = 0;

  /** @param depth - Levels of dicts and lists that are shown. */
  constructor(depth: number) {
    this.#depth = depth;
  }

  describe(value: PickleValue, depth = 0): MetadataValue {
    this.#values += 1;
    if (depth > this.#depth || this.#full) return CUT;
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return String(value);
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof PickleDict) {
      const entries: [string, MetadataValue][] = [];
      for (const [key, inner] of value.entries) {
        entries.push([this.#text(key), this.describe(inner, depth + 1)]);
        if (this.#full) break;
      }
      return Object.fromEntries(entries);
    }
    if (value instanceof PickleList || value instanceof PickleTuple || value instanceof PickleSet) {
      const items: MetadataValue[] = [];
      for (const inner of value.items) {
        items.push(this.describe(inner, depth + 1));
        if (this.#full) break;
      }
      return items;
    }
    return this.#text(nameOf(value));
  }

  get #full(): boolean {
    return this.#values > MOST_VALUES || this.#characters > MOST_CHARACTERS;
  }

  #text(text: string): string {
    const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}${CUT}` : text;
    this.#characters += shown.length;
    return shown;
  }
}

function nameOf(value: PickleValue & object): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof PickleTensor) {
    return `tensor ${value.elementType.dtype} [${value.shape.join(', ')}]`;
  }
  if (value instanceof PickleForeign) return `<${value.name}>`;
  if (value instanceof PickleGlobal) return value.name;
  return value instanceof PickleStorage ? `storage ${value.key}` : 'tensor';
}
