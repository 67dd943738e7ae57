import { type GraphBuilder, relu, type Value } from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { type Affine, settle } from '../affine.js';
import { readBatchNorm } from '../batch-norm.js';
import {
  type Conv1dSizes,
  convolve,
  type Kernel,
  readKernel,
  scaleOutputs,
  takeOwed,
} from './conv1d.js';

/** Sizes of a convolution with a kernel of one frame. */
export function pointwise(inChannels: Size, outChannels: Size): Conv1dSizes {
  const one = sized(1, '1');
  return { inChannels, outChannels, kernelSize: one, dilation: 1, groups: one };
}

/** Reads `<prefix>.weight` `[out, in]` and `<prefix>.bias` of a Linear layer. */
export function readLinear(weights: StateDict, prefix: string, from: Size, to: Size): Kernel {
  const weight = Float64Array.from(weights.read(`${prefix}.weight`, [to, from]));
  const bias = Float64Array.from(weights.read(`${prefix}.bias`, [to]));
  return { sizes: pointwise(from, to), weight, bias };
}

/** `kernel_size // 2 * dilation`, the padding of all these systems. */
function paddedFrames({ kernelSize, dilation }: Conv1dSizes): number {
  return Math.floor(kernelSize.size / 2) * dilation;
}

/**
 * Convolution of `[batch, frames, channels]` with zeros beyond the ends. Zeros are zeros of the
 * true value: a shift cannot pass through them, so a kernel of several frames has it paid first.
 */
export function convolvePadded(
  g: GraphBuilder,
  hint: string,
  x: Affine,
  kernel: Kernel,
  side = paddedFrames(kernel.sizes),
): Value {
  const padding = 'zeros';
  if (side === 0 || x.shift === undefined) {
    return convolve(g, hint, x.value, takeOwed(kernel, x), { padding, side });
  }
  return convolve(g, hint, settle(g, x), kernel, { padding, side });
}

/** Where a convolution and the BatchNorm behind it lie in the state dict. */
export interface ConvNormKeys {
  readonly conv: string;
  readonly norm: string;
}

/**
 * Convolution, ReLU, BatchNorm. The magnitude of BatchNorm's scale goes into the kernel, since a
 * positive factor passes ReLU; signs (trained scales are rarely negative) and shifts stay owed.
 */
export function convReluNorm(
  g: GraphBuilder,
  weights: StateDict,
  keys: ConvNormKeys,
  x: Affine,
  sizes: Conv1dSizes,
  side?: number,
): Affine {
  const kernel = readKernel(weights, keys.conv, sizes);
  const { scale, shift } = readBatchNorm(weights, keys.norm, sizes.outChannels);
  const scaled = scaleOutputs(kernel, scale.map(Math.abs));
  const value = relu(g, convolvePadded(g, keys.conv, x, scaled, side));
  return { value, scale: signsOf(scale), shift };
}

/** The signs of factors of which the magnitudes are paid; undefined where none is negative. */
export function signsOf(factors: Float64Array): Float64Array | undefined {
  if (factors.every((factor) => factor >= 0)) return undefined;
  return factors.map((factor) => (factor < 0 ? -1 : 1));
}
