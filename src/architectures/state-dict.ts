import { VoiceprintError } from '../errors.js';
import { elementCount, type NamedTensors, type Tensor } from '../tensor.js';

/** One axis of an expected shape and where its size comes from, for errors. */
export interface Size {
  readonly size: number;
  /** Such as `kernel_sizes[0]`. */
  readonly source: string;
}

export const sized = (size: number, source: string): Size => ({ size, source });

/** How many names an error lists before it only counts. */
const LISTED = 8;
/** Larger tensors than any published system has; they would only exhaust memory. */
const LARGEST_TENSOR = 2 ** 28;

/**
 * The tensors that a module reads, under upstream's keys. Reading goes on after a fault, so that
 * {@link finish} can report every missing, misshapen and surplus key at once.
 */
export class StateDict {
  private readonly tensors: NamedTensors;
  private readonly used = new Set<string>();
  private readonly missing: string[] = [];
  private readonly faults: string[] = [];
  private prefix = '';

  constructor(tensors: NamedTensors | Readonly<Record<string, Tensor>>) {
    this.tensors = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  }

  /**
   * Goes on under a prefix, for a checkpoint that holds more than the module: keys outside are
   * neither read nor surplus.
   */
  enter(prefix: string): void {
    this.prefix += prefix;
    for (const key of this.tensors.keys()) if (!key.startsWith(this.prefix)) this.used.add(key);
  }

  has(key: string): boolean {
    return this.tensors.has(this.prefix + key);
  }

  /** Takes note of tensors that upstream saves and its `forward` never looks at. */
  skip(isUnneeded: (key: string) => boolean): void {
    for (const key of this.tensors.keys()) {
      if (key.startsWith(this.prefix) && isUnneeded(key.slice(this.prefix.length))) {
        this.used.add(key);
      }
    }
  }

  /**
   * A tensor whose values are read when they are needed, so that a large one is not held: it is
   * checked now, and the function gives what {@link read} would have given.
   */
  readLater(key: string, shape: readonly Size[]): () => Float32Array {
    const faults = this.faults.length + this.missing.length;
    const { length } = this.read(key, shape);
    const tensor = this.tensors.get(this.prefix + key);
    const sound = this.faults.length + this.missing.length === faults && tensor !== undefined;
    return sound ? () => tensor.float32() : () => new Float32Array(length);
  }

  /** Values of a tensor; zeros where it is missing or has another shape. */
  read(name: string, shape: readonly Size[]): Float32Array {
    const key = this.prefix + name;
    const expected = shape.map(({ size }) => size);
    const count = elementCount(expected);
    if (count > LARGEST_TENSOR) {
      const message = `${key} would have the shape [${expected.join(', ')}]: the config is too large`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const tensor = this.tensors.get(key);
    if (tensor === undefined) {
      this.missing.push(key);
      return new Float32Array(count);
    }
    this.used.add(key);
    const wrong = shapeFault(key, tensor.shape, shape);
    if (wrong !== undefined) {
      this.faults.push(wrong);
      return new Float32Array(count);
    }
    const values = tensor.float32();
    const bad = firstUnbounded(values);
    if (bad >= 0) this.faults.push(`${key} holds ${values[bad]} at index ${bad}`);
    return values;
  }

  /**
   * @param module - names the module in the error.
   * @throws VoiceprintError `graph/weights` unless every key was there, used and well shaped.
   * BatchNorm's `num_batches_tracked` may be present or absent.
   */
  finish(module: string): void {
    const surplus = [...this.tensors.keys()].filter(
      (key) => !this.used.has(key) && !key.endsWith('num_batches_tracked'),
    );
    const parts: string[] = [];
    if (this.faults.length > 0) parts.push(list(this.faults, '; '));
    if (this.missing.length > 0) parts.push(`missing: ${list(this.missing, ', ')}`);
    if (surplus.length > 0) parts.push(`not of this architecture: ${list(surplus, ', ')}`);
    if (parts.length === 0) return;
    const message = `The weights do not fit ${module}: ${parts.join('; ')}`;
    throw new VoiceprintError('graph/weights', message);
  }
}

/** Index of the first NaN or infinity, or -1; a loop, since models have 90 million values. */
function firstUnbounded(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) {
    // NaN - NaN and Infinity - Infinity are NaN, every other difference is 0.
    const value = values[i] ?? 0;
    if (value - value !== 0) return i;
  }
  return -1;
}

function shapeFault(
  key: string,
  actual: readonly number[],
  expected: readonly Size[],
): string | undefined {
  const sizes = expected.map(({ size }) => size);
  if (actual.length === sizes.length && actual.every((size, i) => size === sizes[i])) return;
  const off =
    actual.length === sizes.length ? expected.find(({ size }, i) => size !== actual[i]) : undefined;
  const why =
    off === undefined
      ? `it has ${actual.length} axes`
      : `${off.source} in the config is ${off.size}`;
  return `${key} is [${actual.join(', ')}], expected [${sizes.join(', ')}]: ${why}`;
}

function list(names: readonly string[], separator: string): string {
  const shown = names.slice(0, LISTED).join(separator);
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}
