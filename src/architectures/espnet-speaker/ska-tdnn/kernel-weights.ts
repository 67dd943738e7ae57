import {
  add,
  type GraphBuilder,
  matMul,
  relu,
  reshape,
  softmax,
  split,
  type Value,
} from '../../../onnx/index.js';
import type { Affine } from '../../layers/affine.js';
import { convolve, takeOwed } from '../../layers/convolution/conv1d.js';
import { readLinear } from '../../layers/convolution/padded-convolution.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

/** Sizes of the attention over kernels. */
export interface KernelAttentionSizes {
  /** What is weighted: channels, or frequencies. */
  readonly weighted: Size;
  /** Width of the layer in between. */
  readonly hidden: Size;
  /** Number of layers that give a weight, one for each kernel. */
  readonly kernels: number;
}

/** Width of the layer in between: at least `L`, else a share of what is weighted. */
export function hiddenSize(weighted: number, reduction: number, least: number): Size {
  return sized(Math.max(least, Math.floor(weighted / reduction)), 'max(L, size // reduction)');
}

/**
 * How much each kernel counts, by a softmax over the kernels: `[batch, kernels, weighted]`.
 *
 * @param pooled - mean of the sum of all branches, `[batch, 1, weighted]`.
 */
export function kernelWeights(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  pooled: Affine,
  { weighted, hidden, kernels }: KernelAttentionSizes,
): Value {
  const squeeze = takeOwed(readLinear(weights, `${prefix}fc`, weighted, hidden), pooled);
  const z = relu(g, convolve(g, `${prefix}fc`, pooled.value, squeeze));
  const layers = Array.from({ length: kernels }, (_, kernel) =>
    readLinear(weights, `${prefix}fcs.${kernel}`, hidden, weighted),
  );
  const columns = kernels * weighted.size;
  const matrix = new Float64Array(hidden.size * columns);
  const bias = new Float64Array(columns);
  for (const [kernel, layer] of layers.entries()) {
    bias.set(layer.bias, kernel * weighted.size);
    for (let out = 0; out < weighted.size; out++) {
      for (let i = 0; i < hidden.size; i++) {
        const value = layer.weight[out * hidden.size + i] ?? 0;
        matrix[i * columns + kernel * weighted.size + out] = value;
      }
    }
  }
  const product = matMul(g, z, g.weight(`${prefix}fcs`, matrix, [hidden.size, columns], 1));
  const scores = add(g, product, g.constant(`${prefix}fcs.bias`, bias, [columns]));
  const [batch = 'batch'] = z.shape;
  const shape = [batch, kernels, weighted.size];
  return softmax(g, reshape(g, scores, [0, kernels, weighted.size], shape), 1);
}

/** The weights of each of `count` branches, `[batch, 1, weighted]`; see {@link kernelWeights}. */
export function branchWeights(g: GraphBuilder, attention: Value, count: number): Value[] {
  const kernels = Number(attention.shape[1]);
  const parts = split(g, attention, 1, Array<number>(kernels).fill(1));
  // One layer of weights serves all branches, as broadcasting upstream does.
  return Array.from({ length: count }, (_, i) => parts[kernels === 1 ? 0 : i] ?? attention);
}
