import {
  add,
  concat,
  type GraphBuilder,
  matMul,
  pad,
  slice,
  split,
  type Value,
} from '../../../onnx/index.js';
import type { Size, StateDict } from '../../state-dict.js';
import type { Affine } from '../affine.js';
import type { Normalization } from '../batch-norm.js';
import { reflectedFrames } from '../frames.js';

/** Sizes of SpeechBrain's `Conv1d` at stride 1 with `padding='same'`. */
export interface Conv1dSizes {
  readonly inChannels: Size;
  readonly outChannels: Size;
  readonly kernelSize: Size;
  readonly dilation: number;
  readonly groups: Size;
}

/** Weights `[out, in / groups, kernel]` and bias `[out]` in float64, ready for folding. */
export interface Kernel {
  readonly sizes: Conv1dSizes;
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/**
 * Reads `<prefix>.weight` and `<prefix>.bias`.
 * @param hasBias - false where upstream has none: it is 0 then.
 */
export function readKernel(
  weights: StateDict,
  prefix: string,
  sizes: Conv1dSizes,
  hasBias = true,
): Kernel {
  const perGroup = {
    size: sizes.inChannels.size / sizes.groups.size,
    source:
      sizes.groups.size === 1
        ? sizes.inChannels.source
        : `${sizes.inChannels.source} / ${sizes.groups.source}`,
  };
  const weight = weights.read(`${prefix}.weight`, [sizes.outChannels, perGroup, sizes.kernelSize]);
  const bias = hasBias
    ? Float64Array.from(weights.read(`${prefix}.bias`, [sizes.outChannels]))
    : new Float64Array(sizes.outChannels.size);
  return { sizes, weight: Float64Array.from(weight), bias };
}

/**
 * The kernel that does to the bare value what `kernel` does to the true one. Exact for reflect
 * padding, since a constant reflects into itself.
 */
export function takeOwed(kernel: Kernel, { scale, shift }: Affine): Kernel {
  if (scale === undefined && shift === undefined) return kernel;
  const { sizes } = kernel;
  const taps = sizes.kernelSize.size;
  const perGroup = sizes.inChannels.size / sizes.groups.size;
  const outPerGroup = sizes.outChannels.size / sizes.groups.size;
  const weight = new Float64Array(kernel.weight.length);
  const bias = Float64Array.from(kernel.bias);
  let at = 0;
  for (let out = 0; out < bias.length; out++) {
    const first = Math.floor(out / outPerGroup) * perGroup;
    let constant = 0;
    for (let channel = first; channel < first + perGroup; channel++) {
      const factor = scale?.[channel] ?? 1;
      const offset = shift?.[channel] ?? 0;
      for (let tap = 0; tap < taps; tap++, at++) {
        const value = kernel.weight[at] ?? 0;
        weight[at] = value * factor;
        constant += value * offset;
      }
    }
    bias[out] = (bias[out] ?? 0) + constant;
  }
  return { sizes, weight, bias };
}

/** Multiplies each output channel by a factor. */
export function scaleOutputs(kernel: Kernel, factors: Float64Array): Kernel {
  const perOutput = kernel.weight.length / kernel.bias.length;
  return {
    sizes: kernel.sizes,
    weight: kernel.weight.map((value, i) => value * (factors[Math.floor(i / perOutput)] ?? 1)),
    bias: kernel.bias.map((value, i) => value * (factors[i] ?? 1)),
  };
}

/** The kernel that gives what a BatchNorm right behind it makes of its outputs. */
export function takeNorm(kernel: Kernel, { scale, shift }: Normalization): Kernel {
  const scaled = scaleOutputs(kernel, scale);
  return { ...scaled, bias: scaled.bias.map((value, i) => value + (shift[i] ?? 0)) };
}

export interface ConvolveOptions {
  /** @default true */
  readonly bias?: boolean;
  /** What lies beyond the ends. @default 'reflect' */
  readonly padding?: 'reflect' | 'zeros';
  /** Frames added on each side. @default half of what the kernel spans, rounded down */
  readonly side?: number;
  /** Of the kernel's storage. @default 'int8' */
  readonly coarsest?: 'fp16' | 'int8';
}

/**
 * Convolution over time of `[batch, frames, channels]`.
 *
 * Channels are last because onnxruntime then does the whole encoder as matrix products: the taps
 * of the kernel become shifted copies side by side. Groups become products of their own, since
 * onnxruntime's WebGPU provider computes grouped dilated convolutions wrongly (1.30.0).
 */
export function convolve(
  g: GraphBuilder,
  hint: string,
  x: Value,
  kernel: Kernel,
  options: ConvolveOptions = {},
): Value {
  const { inChannels, outChannels, kernelSize, dilation, groups } = kernel.sizes;
  const taps = kernelSize.size;
  const side = options.side ?? reflectedFrames({ kernelSize: taps, dilation });
  const mode = options.padding === 'zeros' ? 'constant' : 'reflect';
  const padded = pad(g, x, 1, side, side, mode);
  const width = inChannels.size / groups.size;
  const products = split(g, padded, 2, Array<number>(groups.size).fill(width)).map(
    (part, group) => {
      const shifted = Array.from({ length: taps }, (_, tap) =>
        taps === 1 ? part : slice(g, part, 1, tap * dilation, (taps - 1 - tap) * dilation),
      );
      const { matrix, shape } = groupMatrix(kernel, group);
      const weight = g.weight(`${hint}.weight`, matrix, shape, 1, options.coarsest);
      return matMul(g, concat(g, shifted, 2), weight);
    },
  );
  const product = concat(g, products, 2);
  if (options.bias === false) return product;
  return add(g, product, g.constant(`${hint}.bias`, kernel.bias, [outChannels.size]));
}

/** The weights of one group as `[taps * channels, out channels]`, tap by tap. */
function groupMatrix(kernel: Kernel, group: number) {
  const { inChannels, outChannels, kernelSize, groups } = kernel.sizes;
  const taps = kernelSize.size;
  const width = inChannels.size / groups.size;
  const outs = outChannels.size / groups.size;
  const matrix = new Float64Array(taps * width * outs);
  let at = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let channel = 0; channel < width; channel++) {
      for (let out = 0; out < outs; out++, at++) {
        const row = (group * outs + out) * width + channel;
        matrix[at] = kernel.weight[row * taps + tap] ?? 0;
      }
    }
  }
  return { matrix, shape: [taps * width, outs] };
}
