import { add, type GraphBuilder, relu, type Value } from '../../../onnx/index.js';
import type { Affine } from '../../layers/affine.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import { convolve, type Kernel, scaleOutputs } from '../../layers/convolution/conv1d.js';
import {
  type DepthwiseKernel,
  depthwise,
  type Streamed,
  scaleDepthwise,
} from '../../layers/convolution/depthwise.js';
import { pointwise } from '../../layers/convolution/padded-convolution.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import type { CausalTdnnSizes } from '../sizes.js';

/** Conv1d(kernel 1, no bias) and the BatchNorm behind it as one affine map of each frame. */
function readConvNorm(
  weights: StateDict,
  keys: { readonly conv: string; readonly norm: string },
  from: Size,
  to: Size,
): Kernel {
  const sizes = pointwise(from, to);
  const weight = weights.read(`${keys.conv}.weight`, [to, from, sizes.kernelSize]);
  const { scale, shift } = readBatchNorm(weights, keys.norm, to);
  const bare = { sizes, weight: Float64Array.from(weight), bias: new Float64Array(to.size) };
  return { ...scaleOutputs(bare, scale), bias: shift };
}

/** Steps of stacked frames `[batch, steps, stack * bands]` into the encoder's channels. */
export function stem(g: GraphBuilder, weights: StateDict, x: Value, sizes: CausalTdnnSizes): Value {
  const keys = { conv: 'stem.conv', norm: 'stem.norm' };
  const kernel = readConvNorm(weights, keys, sizes.stacked, sizes.channels);
  return relu(g, convolve(g, keys.conv, x, kernel));
}

/**
 * One residual block over `[batch, steps, channels]`: pointwise, causal depthwise and pointwise
 * convolution, each with its BatchNorm. The cache is the input of the depthwise convolution.
 */
export function block(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  cache: Value | undefined,
  { channels, depthwise: sizes }: CausalTdnnSizes,
): Streamed {
  const linear = (conv: string, norm: string, input: Value): Value => {
    const keys = { conv: `${prefix}.${conv}`, norm: `${prefix}.${norm}` };
    return convolve(g, keys.conv, input, readConvNorm(weights, keys, channels, channels));
  };
  const first = relu(g, linear('pointwise1', 'norm1', x));
  const shape = [channels, sized(1, 'channels / groups'), sizes.kernelSize];
  const bare: DepthwiseKernel = {
    sizes,
    weight: Float64Array.from(weights.read(`${prefix}.depthwise.weight`, shape)),
    bias: new Float64Array(channels.size),
  };
  const kernel = scaleDepthwise(bare, readBatchNorm(weights, `${prefix}.norm2`, channels));
  const streamed = depthwise(g, `${prefix}.depthwise`, first, cache, kernel, relu);
  const last = linear('pointwise2', 'norm3', streamed.value);
  return { value: add(g, x, last), cache: streamed.cache };
}

/** A BatchNorm that no convolution before it can take in. */
export function owedNorm(weights: StateDict, prefix: string, x: Value, channels: Size): Affine {
  return { value: x, ...readBatchNorm(weights, prefix, channels) };
}
