import {
  cast,
  concat,
  conv,
  type GraphBuilder,
  lastOf,
  transpose,
  unsqueeze,
  type Value,
  where,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface DepthwiseSizes {
  readonly channels: Size;
  readonly kernelSize: Size;
  /** Whether a frame sees only itself and frames before it. */
  readonly causal: boolean;
}

/** Frames that a causal convolution keeps from one chunk to the next; 0 where it keeps none. */
export function carriedFrames({ kernelSize, causal }: DepthwiseSizes): number {
  return causal ? kernelSize.size - 1 : 0;
}

/** One filter per channel, in float64, ready for folding. */
export interface DepthwiseKernel {
  readonly sizes: DepthwiseSizes;
  /** `[channels, 1, kernelSize]` */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Reads `<prefix>.weight` and `<prefix>.bias`. */
export function readDepthwise(
  weights: StateDict,
  prefix: string,
  sizes: DepthwiseSizes,
): DepthwiseKernel {
  const { channels, kernelSize } = sizes;
  const shape = [channels, sized(1, 'channels / groups'), kernelSize];
  return {
    sizes,
    weight: Float64Array.from(weights.read(`${prefix}.weight`, shape)),
    bias: Float64Array.from(weights.read(`${prefix}.bias`, [channels])),
  };
}

/** The kernel that gives `scale * y + shift` instead of y. */
export function scaleDepthwise(
  { sizes, weight, bias }: DepthwiseKernel,
  { scale, shift }: { readonly scale: Float64Array; readonly shift: Float64Array },
): DepthwiseKernel {
  const taps = sizes.kernelSize.size;
  return {
    sizes,
    weight: weight.map((value, i) => value * (scale[Math.floor(i / taps)] ?? 1)),
    bias: bias.map((value, i) => value * (scale[i] ?? 1) + (shift[i] ?? 0)),
  };
}

/** What comes before the first frame of a chunk, and what is to be kept for the next one. */
export interface Streamed {
  /** `[batch, frames, channels]` */
  readonly value: Value;
  /** The cache for the next chunk, `[batch, channels, carried frames]`; undefined offline. */
  readonly cache: Value | undefined;
}

/**
 * Convolution over time of `[batch, frames, channels]`, each channel by itself.
 *
 * Causal, with a cache, the chunk follows the cached frames (time last, as upstream keeps them) and
 * the last `kernelSize - 1` frames of both become the next cache, so that a stream equals the whole
 * utterance exactly, however it is cut. Without a cache zeros come first, and none is kept. Not
 * causal, zeros are added on both sides (an even kernel loses one frame), and a cache is passed on
 * untouched.
 *
 * @param activate - comes right behind the convolution, so that onnxruntime makes one of both.
 */
export function depthwise(
  g: GraphBuilder,
  hint: string,
  x: Value,
  cache: Value | undefined,
  kernel: DepthwiseKernel,
  activate?: (g: GraphBuilder, convolved: Value) => Value,
): Streamed {
  const { channels, kernelSize } = kernel.sizes;
  const taps = kernelSize.size;
  const carried = carriedFrames(kernel.sizes);
  const frames = transpose(g, x, [0, 2, 1]);
  const joined = carried > 0 && cache !== undefined ? concat(g, [cache, frames], 2) : frames;
  const side = Math.floor((taps - 1) / 2);
  const [before, after] =
    carried === 0 ? [side, side] : cache === undefined ? [carried, 0] : [0, 0];
  const weight = g.weight(`${hint}.weight`, kernel.weight, [channels.size, 1, taps], 0);
  const bias = g.constant(`${hint}.bias`, kernel.bias, [channels.size]);
  const options = { pads: [before, after], groups: channels.size };
  const convolved = conv(g, joined, weight, bias, options);
  const value = transpose(g, activate?.(g, convolved) ?? convolved, [0, 2, 1]);
  return {
    value,
    cache: carried === 0 || cache === undefined ? cache : lastOf(g, joined, 2, carried),
  };
}

/**
 * Zeros in the masked frames of `[batch, frames, channels]`.
 * @param mask - `[batch, frames]`, true (any value but 0) = zeroed.
 */
export function zeroMasked(g: GraphBuilder, x: Value, mask: Value | undefined): Value {
  if (mask === undefined) return x;
  const flags = mask.dtype === 'bool' ? mask : cast(g, mask, 'bool');
  return where(g, unsqueeze(g, flags, -1), g.scalar(0), x);
}
