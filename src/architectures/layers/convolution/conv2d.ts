import {
  add,
  concat,
  conv,
  type GraphBuilder,
  multiply,
  relu,
  split,
  type Value,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import type { Affine } from '../affine.js';
import { readBatchNorm } from '../batch-norm.js';
import { type ConvNormKeys, signsOf } from './padded-convolution.js';

const ONE = sized(1, '1');

/** Sizes of a convolution of `[batch, channels, frequencies, frames]` with square kernels. */
export interface Conv2dSizes {
  readonly inChannels: Size;
  readonly outChannels: Size;
  readonly kernelSize: Size;
  readonly padding: number;
  /** @default 1 */
  readonly dilation?: number;
  /** Over frequencies and over frames. @default [1, 1] */
  readonly strides?: readonly [number, number];
  /** @default 1 */
  readonly groups?: Size;
  /** @default true */
  readonly bias?: boolean;
  /** Of the kernel's storage. @default 'int8' */
  readonly coarsest?: 'fp16' | 'int8';
}

/** Convolution, ReLU, BatchNorm; scale and shift stay owed by the channels (axis 1). */
export function conv2dReluNorm(
  g: GraphBuilder,
  weights: StateDict,
  keys: ConvNormKeys,
  x: Value,
  sizes: Conv2dSizes,
): Affine {
  const kernel = readKernel2d(weights, keys.conv, sizes);
  const { scale, shift } = readBatchNorm(weights, keys.norm, sizes.outChannels);
  const value = relu(g, convolve2d(g, keys.conv, x, scaleKernel(kernel, scale.map(Math.abs))));
  return { value, scale: signsOf(scale), shift };
}

/** Convolution, then BatchNorm, which costs nothing: it is in the kernel. */
export function conv2dNorm(
  g: GraphBuilder,
  weights: StateDict,
  keys: ConvNormKeys,
  x: Value,
  sizes: Conv2dSizes,
): Value {
  const { scale, shift } = readBatchNorm(weights, keys.norm, sizes.outChannels);
  const kernel = scaleKernel(readKernel2d(weights, keys.conv, sizes), scale);
  const bias = kernel.bias.map((value, i) => value + (shift[i] ?? 0));
  return convolve2d(g, keys.conv, x, { ...kernel, bias });
}

/** Weights `[out, in / groups, kernel, kernel]` and bias `[out]` in float64, ready for folding. */
export interface Kernel2d {
  readonly sizes: Conv2dSizes;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Reads `<prefix>.weight` and, where there is one, `<prefix>.bias`. */
export function readKernel2d(weights: StateDict, prefix: string, sizes: Conv2dSizes): Kernel2d {
  const { inChannels, outChannels, kernelSize, groups = ONE } = sizes;
  const perGroup = sized(inChannels.size / groups.size, inChannels.source);
  const shape = [outChannels, perGroup, kernelSize, kernelSize];
  const weight = Float64Array.from(weights.read(`${prefix}.weight`, shape));
  const bias =
    sizes.bias === false
      ? new Float64Array(outChannels.size)
      : Float64Array.from(weights.read(`${prefix}.bias`, [outChannels]));
  return { sizes, weight, bias };
}

/** Multiplies each output channel by a factor. */
function scaleKernel({ sizes, weight, bias }: Kernel2d, factors: Float64Array): Kernel2d {
  const perOutput = weight.length / bias.length;
  return {
    sizes,
    weight: weight.map((value, i) => value * (factors[Math.floor(i / perOutput)] ?? 1)),
    bias: bias.map((value, i) => value * (factors[i] ?? 1)),
  };
}

/**
 * Convolution of `[batch, channels, frequencies, frames]` with zeros beyond the ends. Groups become
 * convolutions of their own: WebGPU computes grouped dilated ones wrongly (1.30.0).
 */
export function convolve2d(g: GraphBuilder, hint: string, x: Value, kernel: Kernel2d): Value {
  const { padding, dilation = 1, strides = [1, 1], groups = ONE } = kernel.sizes;
  const taps = kernel.sizes.kernelSize.size;
  const count = groups.size;
  const width = kernel.sizes.inChannels.size / count;
  const outs = kernel.sizes.outChannels.size / count;
  const options = {
    strides,
    dilations: [dilation, dilation],
    pads: [padding, padding, padding, padding],
  };
  const parts = split(g, x, 1, Array<number>(count).fill(width)).map((part, group) => {
    const size = kernel.weight.length / count;
    const own = kernel.weight.subarray(group * size, (group + 1) * size);
    const offsets = kernel.bias.subarray(group * outs, (group + 1) * outs);
    const shape = [outs, width, taps, taps];
    const weight = g.weight(`${hint}.weight`, own, shape, 0, kernel.sizes.coarsest);
    return conv(g, part, weight, g.constant(`${hint}.bias`, offsets, [outs]), options);
  });
  return concat(g, parts, 1);
}

/** Pays the scale that channels (axis 1) owe. */
export function settleScale2d(g: GraphBuilder, { value, scale, shift }: Affine): Affine {
  if (scale === undefined) return { value, shift };
  return { value: multiply(g, value, perChannel(g, 'scale', scale)), shift };
}

/** The true value of what channels (axis 1) owe. */
export function settle2d(g: GraphBuilder, x: Affine): Value {
  const { value, shift } = settleScale2d(g, x);
  return shift === undefined ? value : add(g, value, perChannel(g, 'shift', shift));
}

/** Values of channels as a constant that broadcasts over frequencies and frames. */
export function perChannel(g: GraphBuilder, hint: string, values: Float64Array): Value {
  return g.constant(hint, values, [values.length, 1, 1]);
}
