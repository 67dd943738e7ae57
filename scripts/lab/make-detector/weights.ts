import type { GraphProto, NodeProto } from 'onnx-buf';
import { readModel } from '../../../src/onnx/read.js';

/** A float32 tensor of upstream's graph. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Finds a weight of the 16 kHz half by upstream's name, such as `encoder.0.reparam_conv.weight`. */
export type Weights = (name: string) => Weight;

/**
 * The weights of the 16 kHz half of Silero VAD v5. Upstream's file holds two networks behind an
 * `If` on the sampling rate; their weights are `Constant` nodes of its branches.
 *
 * @throws Error where a weight is not there.
 */
export function readSixteenKilohertz(bytes: Uint8Array): Weights {
  const { graph } = readModel(bytes);
  const branch = graph === undefined ? undefined : thenBranch(graph);
  if (branch === undefined) throw new Error('no If with a then_branch; Silero VAD v5 is needed');
  const tensors = new Map<string, Weight>();
  for (const node of branch.node) {
    const weight = constantOf(node);
    const [output] = node.output;
    if (weight !== undefined && output !== undefined) {
      tensors.set(output.replace(/^.*__Inline_0__/, ''), weight);
    }
  }
  return (name) => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`no weight ${name} in the 16 kHz half`);
    return found;
  };
}

function thenBranch(graph: GraphProto): GraphProto | undefined {
  const choice = graph.node.find(({ opType }) => opType === 'If');
  return choice?.attribute.find(({ name }) => name === 'then_branch')?.g;
}

function constantOf(node: NodeProto): Weight | undefined {
  const tensor = node.opType === 'Constant' ? node.attribute[0]?.t : undefined;
  const FLOAT = 1;
  if (tensor === undefined || tensor.dataType !== FLOAT) return undefined;
  const data =
    tensor.rawData.length > 0
      ? new Float32Array(new Uint8Array(tensor.rawData).buffer)
      : Float32Array.from(tensor.floatData);
  return { shape: tensor.dims.map(Number), data };
}
