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

  constructor(tensors: NamedTensors | Readonly<Record<string, Tensor>>) {
    this.tensors = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  }

  has(key: string): boolean {
    return this.tensors.has(key);
  }

  /** Values of a tensor; zeros where it is missing or has another shape. */
  read(key: string, shape: readonly Size[]): Float32Array {
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
    const bad = values.findIndex((value) => !Number.isFinite(value));
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
