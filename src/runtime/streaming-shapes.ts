import type { InferenceSession } from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import type { TensorValue } from '../tensor.js';
import type { StreamState } from './types.js';

type Metadata = InferenceSession.ValueMetadata;

/** A state as the graph has it. */
export interface StateTensor {
  readonly input: string;
  readonly output: string;
  readonly type: TensorValue['type'];
  readonly dims: readonly number[];
}

/** An input or output as the graph declares it; a named size is for the caller to choose. */
interface Declared {
  readonly name: string;
  readonly type: string;
  /** Empty where the graph does not say. */
  readonly shape: readonly (number | string)[];
}

/** What is checked with every chunk, so that no wrong shape reaches the GPU. */
export interface StateLayout {
  readonly states: readonly StateTensor[];
  readonly chunkInputs: readonly Declared[];
  /** Named sizes that the states fix, such as the batch. */
  readonly sizes: ReadonlyMap<string, number>;
}

const TYPES: readonly string[] = ['float32', 'int64', 'int32', 'uint8', 'bool'];

/** @throws VoiceprintError `graph/invalid` where the states do not fit the graph. */
export function checkStates(
  states: Readonly<Record<string, StreamState>>,
  inputs: readonly Metadata[],
  outputs: readonly Metadata[],
): StateLayout {
  const declaredInputs = inputs.flatMap(declared);
  const declaredOutputs = outputs.flatMap(declared);
  const sizes = new Map<string, number>();
  const entries = Object.entries(states);
  if (entries.length === 0) fail('a stream needs a state: name an input and its output in states');
  const tensors = entries.map(([name, { output: outputName, dims }]) => {
    const input = find(declaredInputs, name, 'input');
    const output = find(declaredOutputs, outputName, 'output');
    if (entries.filter(([, other]) => other.output === outputName).length > 1) {
      fail(`output "${outputName}" is named by two states: give each its own`);
    }
    if (input.type !== output.type) {
      fail(`state "${name}" is ${input.type}, but output "${outputName}" is ${output.type}`);
    }
    if (!isType(input.type)) {
      fail(`state "${name}" is of type ${input.type}: use float32 or an integer`);
    }
    if (dims.some((size) => !Number.isInteger(size) || size < 1)) {
      fail(`dims of state "${name}" are [${dims.join(', ')}]: give whole numbers from 1`);
    }
    bind(`state "${name}"`, dims, input.shape, sizes);
    bind(`state "${name}" (output "${outputName}")`, dims, output.shape, sizes);
    return { input: name, output: outputName, type: input.type, dims: [...dims] };
  });
  const chunkInputs = declaredInputs.filter(({ name }) => !Object.hasOwn(states, name));
  return { states: tensors, chunkInputs, sizes };
}

/** @throws VoiceprintError `graph/invalid`, naming the input, its shape and what it may be. */
export function checkChunk(
  chunk: Readonly<Record<string, TensorValue>>,
  { chunkInputs, states, sizes }: StateLayout,
): void {
  for (const name of Object.keys(chunk)) {
    if (states.some(({ input }) => input === name)) {
      fail(`"${name}" is a state, which the session hands on by itself: leave it out`);
    }
    if (!chunkInputs.some((input) => input.name === name)) {
      const known = chunkInputs.map((input) => input.name).join(', ');
      fail(`the graph has no input "${name}"; a chunk has ${known}`);
    }
  }
  const bound = new Map(sizes);
  for (const { name, type, shape } of chunkInputs) {
    const value = chunk[name];
    if (value === undefined) fail(`the chunk lacks input "${name}"`);
    if (value.type !== type) fail(`input "${name}" is ${value.type}, expected ${type}`);
    if (value.dims.some((size) => size < 1)) {
      fail(`input "${name}" is [${value.dims.join(', ')}]: a chunk needs a frame or more`);
    }
    bind(`input "${name}"`, value.dims, shape, bound);
  }
}

/** Holds sizes to what was declared, and named ones to each other. */
function bind(
  what: string,
  dims: readonly number[],
  shape: readonly (number | string)[],
  sizes: Map<string, number>,
): void {
  if (shape.length === 0) return;
  const given = `${what} is [${dims.join(', ')}], expected [${shape.join(', ')}]`;
  if (dims.length !== shape.length) fail(given);
  for (const [axis, dim] of shape.entries()) {
    const size = dims[axis] ?? 0;
    const expected = typeof dim === 'number' ? dim : (sizes.get(dim) ?? size);
    if (size !== expected) fail(`${given}: axis ${axis} must be ${expected}`);
    if (typeof dim === 'string' && dim !== '') sizes.set(dim, size);
  }
}

function find(declared: readonly Declared[], name: string, kind: 'input' | 'output'): Declared {
  const found = declared.find((value) => value.name === name);
  if (found !== undefined) return found;
  const known = declared.map((value) => value.name).join(', ');
  return fail(`the graph has no ${kind} "${name}"; its ${kind}s are ${known}`);
}

function declared(value: Metadata): Declared[] {
  return value.isTensor ? [{ name: value.name, type: value.type, shape: value.shape }] : [];
}

function isType(type: string): type is TensorValue['type'] {
  return TYPES.includes(type);
}

function fail(message: string): never {
  throw new VoiceprintError('graph/invalid', message);
}
