import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';
import type { Tensor } from 'onnxruntime-web/wasm';
import { countedValues, countMacs } from '../../../src/onnx/count-macs.js';
import { readModel } from '../../../src/onnx/read.js';

/**
 * Multiply-accumulates of one run on the given inputs. The sizes of the values between the nodes
 * are not computed anew but observed: the graph is run once with all of them as outputs.
 */
export async function macsOfRun(bytes: Uint8Array, feeds: Record<string, Tensor>): Promise<number> {
  const model = readModel(bytes);
  const { graph } = model;
  if (graph === undefined) throw new RangeError('the model has no graph');
  const sizes = new Map<string, readonly number[]>();
  for (const { name, dims } of graph.initializer) sizes.set(name, dims.map(Number));
  for (const [name, { dims }] of Object.entries(feeds)) sizes.set(name, dims);
  const outputs = new Set(graph.output.map(({ name }) => name));
  for (const name of countedValues(graph)) {
    if (sizes.has(name) || outputs.has(name)) continue;
    graph.output.push(create(ValueInfoProtoSchema, { name }));
  }
  const ort = await import('onnxruntime-web/wasm');
  const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), {
    executionProviders: ['wasm'],
    // Nothing may be fused away whose size is asked for.
    graphOptimizationLevel: 'disabled',
  });
  for (const [name, { dims }] of Object.entries(await session.run(feeds))) sizes.set(name, dims);
  await session.release();
  return countMacs(graph, (name) => sizes.get(name) ?? [Number.NaN]);
}
