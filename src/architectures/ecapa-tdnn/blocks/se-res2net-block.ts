import { add, type GraphBuilder } from '../../../onnx/index.js';
import { type Affine, settleScale } from '../../layers/affine.js';
import { convolve, readKernel, takeOwed } from '../../layers/convolution/conv1d.js';
import type { WeightsFor } from '../../layers/frame-weights.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { res2NetBlock } from './res2net-block.js';
import { seBlock } from './se-block.js';
import { tdnnBlock } from './tdnn-block.js';

export interface SeRes2NetBlockSizes {
  readonly inChannels: Size;
  readonly outChannels: Size;
  readonly res2netScale: number;
  readonly seChannels: Size;
  readonly kernelSize: Size;
  readonly dilation: number;
  readonly activation: string;
  readonly groups: Size;
}

/** SpeechBrain's SERes2NetBlock. The groups act in the two outer convolutions only. */
export function seRes2NetBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  sizes: SeRes2NetBlockSizes,
  weightsFor: WeightsFor,
): Affine {
  const { inChannels, outChannels, activation, groups } = sizes;
  const one = { kernelSize: sized(1, 'kernel_size'), dilation: 1, activation, groups };
  const outer = (name: string, input: Affine, from: Size) =>
    tdnnBlock(g, weights, `${prefix}${name}.`, input, { ...one, inChannels: from, outChannels });

  const shortcut = shortcutOf(g, weights, prefix, x, sizes);
  const narrowed = outer('tdnn1', x, inChannels);
  const mixed = res2NetBlock(g, weights, `${prefix}res2net_block.`, narrowed, {
    inChannels: outChannels,
    outChannels,
    scale: sizes.res2netScale,
    kernelSize: sizes.kernelSize,
    dilation: sizes.dilation,
  });
  const widened = outer('tdnn2', mixed, outChannels);
  const seSizes = { inChannels: outChannels, seChannels: sizes.seChannels, outChannels };
  const gated = seBlock(g, weights, `${prefix}se_block.`, widened, seSizes, weightsFor);
  return { value: add(g, gated, shortcut.value), shift: shortcut.shift };
}

/** The residual: the input, through a convolution where the number of channels changes. */
function shortcutOf(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  { inChannels, outChannels }: SeRes2NetBlockSizes,
): Affine {
  if (inChannels.size === outChannels.size) return settleScale(g, x);
  const kernel = readKernel(weights, `${prefix}shortcut.conv`, {
    inChannels,
    outChannels,
    kernelSize: sized(1, 'kernel_size'),
    dilation: 1,
    groups: sized(1, 'groups'),
  });
  return { value: convolve(g, `${prefix}shortcut`, x.value, takeOwed(kernel, x)) };
}
