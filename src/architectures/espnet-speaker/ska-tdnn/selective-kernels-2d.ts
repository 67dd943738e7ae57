import {
  add,
  type GraphBuilder,
  mean,
  multiply,
  reshape,
  type Value,
} from '../../../onnx/index.js';
import type { Affine } from '../../layers/affine.js';
import { conv2dReluNorm, perChannel, settleScale2d } from '../../layers/convolution/conv2d.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { branchWeights, kernelWeights } from './kernel-weights.js';
import { sumOf, sumOfShifts } from './selective-kernels.js';

/** One branch of the attention. */
export interface Branch2d {
  readonly kernel: number;
  readonly dilation: number;
  /** `receptive // 2` */
  readonly padding: number;
}

/** Sizes of fwSKAttention and cwSKAttention. */
export interface SelectiveKernels2dSizes {
  /** Whether a weight is for each frequency or for each channel. */
  readonly over: 'frequencies' | 'channels';
  readonly freq: Size;
  readonly channels: Size;
  readonly branches: readonly Branch2d[];
  /** Number of layers that give weights. */
  readonly kernels: number;
  readonly hidden: Size;
  readonly groups: Size;
}

/**
 * Selective kernel attention of `[batch, channels, frequencies, frames]`: branches of different
 * kernels, summed with one weight for each branch, utterance and frequency (fwSKAttention) or
 * channel (cwSKAttention).
 */
export function selectKernels2d(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: SelectiveKernels2dSizes,
): Value {
  const { over, channels, groups, kernels, hidden } = sizes;
  const branches = sizes.branches.map(({ kernel, dilation, padding }, i) => {
    const keys = { conv: `${prefix}convs.${i}.conv`, norm: `${prefix}convs.${i}.bn` };
    const branch = conv2dReluNorm(g, weights, keys, x, {
      inChannels: channels,
      outChannels: channels,
      kernelSize: sized(kernel, `kernels[${i}]`),
      padding,
      dilation,
      groups,
    });
    return settleScale2d(g, branch);
  });
  const weighted = over === 'frequencies' ? sizes.freq : channels;
  const pooled = pool(g, branches, over, weighted.size);
  const attention = kernelWeights(g, weights, prefix, pooled, { weighted, hidden, kernels });
  const [batch = 'batch'] = x.shape;
  const [target, shape] =
    over === 'frequencies'
      ? [
          [-1, 1, weighted.size, 1],
          [batch, 1, weighted.size, 1],
        ]
      : [
          [-1, weighted.size, 1, 1],
          [batch, weighted.size, 1, 1],
        ];
  const shares = branchWeights(g, attention, branches.length).map((share) =>
    reshape(g, share, target, shape),
  );
  if (kernels > 1 && branches.length === 1) return onlyBranch(g, branches);
  const products = branches.map(({ value }, i) => multiply(g, value, shares[i] ?? attention));
  // Shifts are the same in all frames, so they are weighted once per utterance.
  const constants = branches.flatMap(({ shift }, i) =>
    shift === undefined ? [] : [multiply(g, shares[i] ?? attention, perChannel(g, 'shift', shift))],
  );
  return add(g, sumOf(g, products), sumOf(g, constants));
}

/** The weights of several kernels over the same branch sum to 1. */
function onlyBranch(g: GraphBuilder, branches: readonly Affine[]): Value {
  const values = branches.map(({ value, shift }) =>
    shift === undefined ? value : add(g, value, perChannel(g, 'shift', shift)),
  );
  return sumOf(g, values);
}

/** Mean of the sum of all branches, `[batch, 1, weighted]`. */
function pool(
  g: GraphBuilder,
  branches: readonly Affine[],
  over: SelectiveKernels2dSizes['over'],
  weighted: number,
): Affine {
  const axis = over === 'frequencies' ? 1 : 2;
  const means = branches.map(({ value }) => mean(g, mean(g, value, 3), axis));
  const total = sumOf(g, means);
  const [batch = 'batch'] = total.shape;
  const value = reshape(g, total, [0, 1, -1], [batch, 1, weighted]);
  const shift = sumOfShifts(branches);
  if (shift === undefined || over === 'channels') return { value, shift };
  const average = shift.reduce((sum, offset) => sum + offset, 0) / shift.length;
  return { value, shift: new Float64Array(weighted).fill(average) };
}
