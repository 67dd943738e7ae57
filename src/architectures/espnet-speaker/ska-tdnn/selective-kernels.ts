import { add, type GraphBuilder, multiply, type Value } from '../../../onnx/index.js';
import { type Affine, settleScale } from '../../layers/affine.js';
import { meanOverTime, type WeightsFor } from '../../layers/frame-weights.js';
import type { StateDict } from '../../state-dict.js';
import { branchWeights, type KernelAttentionSizes, kernelWeights } from './kernel-weights.js';

/** What upstream computes on the way. */
export interface SelectedKernels {
  /** `[batch, frames, channels]` */
  readonly value: Value;
  /** `[batch, kernels, channels]` */
  readonly attention: Value;
  /** `[batch, 1, channels]`, with the shifts of the branches owed. */
  readonly pooled: Affine;
}

/**
 * Selective kernel attention over time (SKAttentionModule): branches `[batch, frames, channels]`
 * of different kernels, summed with one weight for each branch, utterance and channel. The shifts
 * that the branches owe (their BatchNorm's) are paid once per utterance and not once per frame.
 */
export function selectKernels(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  branches: readonly Affine[],
  sizes: KernelAttentionSizes,
  weightsFor: WeightsFor,
): SelectedKernels {
  const scaled = branches.map((branch) => settleScale(g, branch));
  const means = scaled.map(({ value }) => meanOverTime(g, value, weightsFor(value)));
  const pooled = { value: sumOf(g, means), shift: sumOfShifts(scaled) };
  const attention = kernelWeights(g, weights, prefix, pooled, sizes);
  const shares =
    sizes.kernels > 1 && branches.length === 1
      ? undefined
      : branchWeights(g, attention, branches.length);
  return { value: weightedSum(g, scaled, shares), attention, pooled };
}

/** Without shares the only branch counts fully: its weights, over all kernels, sum to 1. */
function weightedSum(
  g: GraphBuilder,
  branches: readonly Affine[],
  shares: readonly Value[] | undefined,
): Value {
  const products = branches.map(({ value }, i) => {
    const share = shares?.[i];
    return share === undefined ? value : multiply(g, value, share);
  });
  const constants: Value[] = [];
  for (const [i, { shift }] of branches.entries()) {
    if (shift === undefined) continue;
    const share = shares?.[i];
    const constant = g.constant('shift', shift, [shift.length]);
    constants.push(share === undefined ? constant : multiply(g, share, constant));
  }
  const total = sumOf(g, products);
  return constants.length === 0 ? total : add(g, total, sumOf(g, constants));
}

/** Adds one by one: WebGPU has no Sum of three. */
export function sumOf(g: GraphBuilder, values: readonly Value[]): Value {
  return values.reduce((total, value) => add(g, total, value));
}

/** The shifts of all branches together; undefined where none owes one. */
export function sumOfShifts(branches: readonly Affine[]): Float64Array | undefined {
  let total: Float64Array | undefined;
  for (const { shift } of branches) {
    if (shift === undefined) continue;
    const before = total;
    total = before === undefined ? shift : shift.map((value, i) => value + (before[i] ?? 0));
  }
  return total;
}
