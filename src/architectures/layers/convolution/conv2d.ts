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
}

/** Convolution, ReLU, BatchNorm; scale and shift stay owed by the channels (axis 1). */
export function conv2dReluNorm(
  g: GraphBuilder,
  weights: StateDict,
  keys: ConvNormKeys,
  x: Value,
  sizes: Conv2dSizes,
): Affine {
  const { inChannels, outChannels, kernelSize, groups = sized(1, 'groups') } = sizes;
  const perGroup = sized(inChannels.size / groups.size, inChannels.source);
  const shape = [outChannels, perGroup, kernelSize, kernelSize];
  const weight = weights.read(`${keys.conv}.weight`, shape);
  const bias =
    sizes.bias === false
      ? new Float32Array(outChannels.size)
      : weights.read(`${keys.conv}.bias`, [outChannels]);
  const { scale, shift } = readBatchNorm(weights, keys.norm, outChannels);
  const perOutput = weight.length / outChannels.size;
  const magnitude = (out: number) => Math.abs(scale[out] ?? 1);
  const kernel = Float64Array.from(
    weight,
    (value, i) => value * magnitude(Math.floor(i / perOutput)),
  );
  const constant = Float64Array.from(bias, (value, out) => value * magnitude(out));
  const value = relu(g, convolve2d(g, keys.conv, x, { kernel, constant }, sizes, groups.size));
  return { value, scale: signsOf(scale), shift };
}

/** Groups become convolutions of their own: WebGPU computes grouped dilated ones wrongly (1.30.0). */
function convolve2d(
  g: GraphBuilder,
  hint: string,
  x: Value,
  { kernel, constant }: { readonly kernel: Float64Array; readonly constant: Float64Array },
  sizes: Conv2dSizes,
  groups: number,
): Value {
  const { padding, dilation = 1, strides = [1, 1] } = sizes;
  const taps = sizes.kernelSize.size;
  const width = sizes.inChannels.size / groups;
  const outs = sizes.outChannels.size / groups;
  const options = {
    strides,
    dilations: [dilation, dilation],
    pads: [padding, padding, padding, padding],
  };
  const parts = split(g, x, 1, Array<number>(groups).fill(width)).map((part, group) => {
    const size = kernel.length / groups;
    const own = kernel.subarray(group * size, (group + 1) * size);
    const offsets = constant.subarray(group * outs, (group + 1) * outs);
    const weight = g.weight(`${hint}.weight`, own, [outs, width, taps, taps], 0);
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
