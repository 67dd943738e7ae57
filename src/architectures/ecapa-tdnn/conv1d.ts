import {
  add,
  concat,
  conv,
  type GraphBuilder,
  matMul,
  pad,
  slice,
  transpose,
  type Value,
} from '../../onnx/index.js';
import type { Affine } from '../affine.js';
import type { Size, StateDict } from '../state-dict.js';
import { reflectedFrames } from './frames.js';

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

/** Reads `<prefix>.weight` and `<prefix>.bias`. */
export function readKernel(weights: StateDict, prefix: string, sizes: Conv1dSizes): Kernel {
  const perGroup = {
    size: sizes.inChannels.size / sizes.groups.size,
    source:
      sizes.groups.size === 1
        ? sizes.inChannels.source
        : `${sizes.inChannels.source} / ${sizes.groups.source}`,
  };
  const weight = weights.read(`${prefix}.weight`, [sizes.outChannels, perGroup, sizes.kernelSize]);
  const bias = weights.read(`${prefix}.bias`, [sizes.outChannels]);
  return { sizes, weight: Float64Array.from(weight), bias: Float64Array.from(bias) };
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

/**
 * Convolution over time of `[batch, frames, channels]`.
 *
 * Channels are last because onnxruntime then does the whole encoder as matrix products: the taps
 * of the kernel become shifted copies side by side.
 */
export function convolve(
  g: GraphBuilder,
  hint: string,
  x: Value,
  kernel: Kernel,
  options: { readonly bias: boolean } = { bias: true },
): Value {
  const { inChannels, outChannels, kernelSize, dilation, groups } = kernel.sizes;
  const span = { kernelSize: kernelSize.size, dilation };
  const side = reflectedFrames(span);
  const padded = pad(g, x, 1, side, side, 'reflect');
  if (groups.size > 1) return convolveGroups(g, hint, padded, kernel);

  const taps = kernelSize.size;
  const shifted = Array.from({ length: taps }, (_, tap) =>
    taps === 1 ? padded : slice(g, padded, 1, tap * dilation, (taps - 1 - tap) * dilation),
  );
  const matrix = new Float64Array(kernel.weight.length);
  for (let tap = 0, at = 0; tap < taps; tap++) {
    for (let channel = 0; channel < inChannels.size; channel++) {
      for (let out = 0; out < outChannels.size; out++, at++) {
        matrix[at] = kernel.weight[(out * inChannels.size + channel) * taps + tap] ?? 0;
      }
    }
  }
  const shape = [taps * inChannels.size, outChannels.size];
  const weight = g.weight(`${hint}.weight`, matrix, shape, 1);
  const product = matMul(g, concat(g, shifted, 2), weight);
  if (!options.bias) return product;
  return add(g, product, g.constant(`${hint}.bias`, kernel.bias, [outChannels.size]));
}

function convolveGroups(g: GraphBuilder, hint: string, padded: Value, kernel: Kernel): Value {
  const { inChannels, outChannels, kernelSize, dilation, groups } = kernel.sizes;
  const shape = [outChannels.size, inChannels.size / groups.size, kernelSize.size];
  const weight = g.weight(`${hint}.weight`, kernel.weight, shape, 0);
  const bias = g.constant(`${hint}.bias`, kernel.bias, [outChannels.size]);
  const channelsFirst = transpose(g, padded, [0, 2, 1]);
  const options = { dilations: [dilation], groups: groups.size };
  return transpose(g, conv(g, channelsFirst, weight, bias, options), [0, 2, 1]);
}
