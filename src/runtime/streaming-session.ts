import type * as Ort from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import type { TensorValue } from '../tensor.js';
import { elementCount } from '../tensor.js';
import { type OrtTensors, openInference, type SessionHost } from './inference.js';
import { checkChunk, checkStates, type StateLayout } from './streaming-shapes.js';
import { fromOrtTensor, toOrtTensor } from './tensors.js';
import type { StreamingOptions, StreamingSession } from './types.js';

/**
 * Opens a graph that hands tensors to itself from one chunk to the next. On WebGPU they stay in
 * graphics memory: the output of a run is the input of the next one, without a copy, and what it
 * replaces is given back once the run has succeeded. Between runs each state is held once, during a
 * run twice, however long the stream. On WebAssembly the same holds for CPU tensors.
 *
 * @throws VoiceprintError `graph/invalid` where the states do not fit the graph, otherwise as
 *   `openSession`.
 */
export async function createStreamingSession(
  host: SessionHost,
  model: Uint8Array,
  { states }: StreamingOptions,
): Promise<StreamingSession> {
  const carried = Object.values(states).map(({ output }) => output);
  const inference = await openInference(host, model, carried);
  const { inner, loaded, scope } = inference;
  const layout = await orDispose(scope, () =>
    checkStates(states, inner.inputMetadata, inner.outputMetadata),
  );
  let current = zeros(loaded.ort, layout);
  scope.defer(() =>
    loaded.queue.run(async () => {
      if (host.device?.lost !== true) disposeTensors(current);
    }),
  );

  const replace = (next: OrtTensors) => {
    const before = current;
    current = next;
    disposeTensors(before);
  };
  return {
    inputNames: inner.inputNames.filter((name) => !Object.hasOwn(states, name)),
    outputNames: inner.outputNames.filter((name) => !carried.includes(name)),
    async run(chunk) {
      checkChunk(chunk, layout);
      return inference.enqueue(async (run) => {
        const feeds: Record<string, OrtTensors[string]> = { ...current };
        for (const [name, value] of Object.entries(chunk)) {
          feeds[name] = toOrtTensor(loaded.ort, name, value);
        }
        const outputs = await run(feeds);
        try {
          const next = nextStates(layout, outputs);
          const values = await readOthers(outputs, carried);
          replace(next);
          return values;
        } catch (error) {
          disposeTensors(outputs);
          throw error;
        }
      });
    },
    reset: () => inference.enqueue(async () => replace(zeros(loaded.ort, layout))),
    dispose: () => scope.dispose(),
  };
}

/** The states that a run gave, under the names of the inputs that they become. */
function nextStates({ states }: StateLayout, outputs: OrtTensors): OrtTensors {
  return Object.fromEntries(
    states.map(({ input, output, dims }) => {
      const tensor = outputs[output];
      const given = tensor?.dims ?? [];
      if (tensor !== undefined && given.join() === dims.join()) return [input, tensor];
      throw new VoiceprintError(
        'graph/invalid',
        `output "${output}" is [${given.join(', ')}], but the state "${input}" is [${dims.join(', ')}]: a state keeps its shape, or memory would grow with the stream`,
      );
    }),
  );
}

async function readOthers(
  outputs: OrtTensors,
  carried: readonly string[],
): Promise<Record<string, TensorValue>> {
  const values: Record<string, TensorValue> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!carried.includes(name)) values[name] = await fromOrtTensor(name, tensor);
  }
  return values;
}

/** Where every stream begins. */
function zeros(ort: typeof Ort, { states }: StateLayout): OrtTensors {
  return Object.fromEntries(
    states.map(({ input, type, dims }) => [
      input,
      toOrtTensor(ort, input, { type, dims, data: zeroData(type, elementCount(dims)) }),
    ]),
  );
}

function zeroData(type: TensorValue['type'], count: number): TensorValue['data'] {
  switch (type) {
    case 'float32':
      return new Float32Array(count);
    case 'int64':
      return new BigInt64Array(count);
    case 'int32':
      return new Int32Array(count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(count);
  }
}

/** Tensors that onnxruntime made in graphics memory are not collected: they must be given back. */
function disposeTensors(tensors: OrtTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

async function orDispose<T>(scope: SessionHost['scope'], work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await scope.dispose();
    throw error;
  }
}
