import { add, type GraphBuilder, relu, type Value, where } from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { type Conv2dSizes, conv2dNorm } from '../convolution/conv2d.js';

/** Sizes of one block of a residual network over `[batch, channels, frequencies, frames]`. */
export interface ResidualSizes {
  readonly inPlanes: Size;
  /** Channels inside; a bottleneck gives {@link EXPANSION} times as many. */
  readonly planes: Size;
  /** Over frequencies and over frames. */
  readonly stride: number;
}

/** One block under a prefix of the state dict. */
export type ResidualBlock = (
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: ResidualSizes,
) => Value;

/** Channels that leave a block, per channel inside it. */
export const EXPANSION = { BasicBlock: 1, Bottleneck: 4 } as const;
export type BlockName = keyof typeof EXPANSION;

/** What attention makes of `[batch, channels, frequencies, frames]`. */
export interface Attended {
  readonly value: Value;
  /** Where upstream's result is NaN, and the block's with it; bool `[batch, 1, 1, 1]`. */
  readonly undefinedAt?: Value | undefined;
}

/** What variants of the basic block differ in. */
export interface BlockVariant {
  /** Key of the convolution and the BatchNorm that bring the input to the output's size. */
  readonly shortcut: string;
  /** What becomes of the two convolutions before the input is added. */
  readonly attend?: (g: GraphBuilder, x: Value) => Attended;
}

/** Two convolutions of 3x3, the first with the stride; then the input is added. */
export function basicBlock({ shortcut, attend }: BlockVariant): ResidualBlock {
  return (g, weights, prefix, x, { inPlanes, planes, stride }) => {
    const convolve = convolver(g, weights, prefix);
    const inner = relu(g, convolve(x, '1', sizesOf(inPlanes, planes, 3, stride)));
    const outer = convolve(inner, '2', sizesOf(planes, planes, 3, 1));
    const { value, undefinedAt } = attend?.(g, outer) ?? { value: outer };
    const joined = { inPlanes, planes, stride };
    const sum = joinShortcut(g, weights, prefix + shortcut, x, value, joined);
    // A NaN would not survive the ReLU of every backend.
    return undefinedAt === undefined ? sum : where(g, undefinedAt, g.scalar(Number.NaN), sum);
  };
}

/** Convolutions of 1x1, 3x3 and 1x1; the stride is in the middle one. */
export const bottleneck: ResidualBlock = (g, weights, prefix, x, sizes) => {
  const { inPlanes, planes, stride } = sizes;
  const convolve = convolver(g, weights, prefix);
  const wide = sized(EXPANSION.Bottleneck * planes.size, `4 * ${planes.source}`);
  const reduced = relu(g, convolve(x, '1', sizesOf(inPlanes, planes, 1, 1)));
  const inner = relu(g, convolve(reduced, '2', sizesOf(planes, planes, 3, stride)));
  const outer = convolve(inner, '3', sizesOf(planes, wide, 1, 1));
  const joined = { inPlanes, planes: wide, stride };
  return joinShortcut(g, weights, `${prefix}shortcut`, x, outer, joined);
};

/** A convolution without a bias that keeps the size but for the stride. */
function sizesOf(from: Size, to: Size, kernelSize: number, stride: number): Conv2dSizes {
  return {
    inChannels: from,
    outChannels: to,
    kernelSize: sized(kernelSize, `${kernelSize}`),
    padding: (kernelSize - 1) / 2,
    strides: [stride, stride],
    bias: false,
  };
}

function convolver(g: GraphBuilder, weights: StateDict, prefix: string) {
  return (x: Value, number: string, sizes: Conv2dSizes) => {
    const keys = { conv: `${prefix}conv${number}`, norm: `${prefix}bn${number}` };
    return conv2dNorm(g, weights, keys, x, sizes);
  };
}

/** Adds the input, brought to the size of what it is added to, and takes the ReLU of the sum. */
function joinShortcut(
  g: GraphBuilder,
  weights: StateDict,
  place: string,
  x: Value,
  outer: Value,
  { inPlanes, planes, stride }: ResidualSizes,
): Value {
  const keys = { conv: `${place}.0`, norm: `${place}.1` };
  const same = stride === 1 && inPlanes.size === planes.size;
  const short = same ? x : conv2dNorm(g, weights, keys, x, sizesOf(inPlanes, planes, 1, stride));
  return relu(g, add(g, outer, short));
}
