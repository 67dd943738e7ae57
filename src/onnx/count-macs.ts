import type { GraphProto, NodeProto } from 'onnx-buf';
import { VoiceprintError } from '../errors.js';

/** The sizes of a value in one run, by its name in the graph. */
export type SizesOf = (name: string) => readonly number[];

/**
 * Multiply-accumulates of one run of a graph: those of its convolutions, matrix products and
 * contractions, as papers count them. Elementwise operators, reductions and biases are not counted,
 * nor is what a zero of the padding multiplies left out.
 *
 * @param sizesOf - sizes of the inputs and outputs of counted nodes at the wanted number of frames;
 *   {@link countedValues} names them.
 * @throws VoiceprintError `graph/unsupported` for an Einsum with an ellipsis.
 */
export function countMacs(graph: GraphProto, sizesOf: SizesOf): number {
  return graph.node.reduce((sum, node) => sum + macsOf(node, sizesOf), 0);
}

/** Names of the values whose sizes {@link countMacs} asks for. */
export function countedValues(graph: GraphProto): string[] {
  const nodes = graph.node.filter(({ opType }) => COUNTED.has(opType));
  const names = nodes.flatMap(({ input, output }) => [...input, ...output]);
  return [...new Set(names.filter((name) => name !== ''))];
}

const COUNTED: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm', 'Einsum']);

function macsOf(node: NodeProto, sizesOf: SizesOf): number {
  const [a = '', b = ''] = node.input;
  const [out = ''] = node.output;
  switch (node.opType) {
    case 'Conv':
      // A kernel is [out channels, channels of one group, ...space].
      return product(sizesOf(out)) * product(sizesOf(b).slice(1));
    case 'MatMul':
      return product(sizesOf(out)) * (sizesOf(a).at(-1) ?? 1);
    case 'Gemm': {
      const transposed = node.attribute.find(({ name }) => name === 'transA')?.i === 1n;
      return product(sizesOf(out)) * (sizesOf(a).at(transposed ? 0 : -1) ?? 1);
    }
    case 'Einsum':
      return einsumMacs(node, sizesOf);
    default:
      return 0;
  }
}

/** One multiplication and addition for every combination of the indices of the equation. */
function einsumMacs(node: NodeProto, sizesOf: SizesOf): number {
  const attribute = node.attribute.find(({ name }) => name === 'equation');
  const equation = new TextDecoder().decode(attribute?.s ?? new Uint8Array());
  if (equation.includes('.')) {
    const message = `${node.name} has the equation ${equation}: spell its ellipsis out to count it`;
    throw new VoiceprintError('graph/unsupported', message);
  }
  const terms = equation.replaceAll(' ', '').replace(/->.*$/, '').split(',');
  const sizes = new Map<string, number>();
  for (const [term, letters] of terms.entries()) {
    const axes = sizesOf(node.input[term] ?? '');
    for (const [axis, letter] of [...letters].entries()) sizes.set(letter, axes[axis] ?? 1);
  }
  return product([...sizes.values()]);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
