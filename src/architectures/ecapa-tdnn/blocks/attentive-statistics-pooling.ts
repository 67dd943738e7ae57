import {
  add,
  clip,
  concat,
  type GraphBuilder,
  matMul,
  multiply,
  relu,
  softmax,
  squareRoot,
  subtract,
  sum,
  tanh,
  type Value,
  where,
} from '../../../onnx/index.js';
import { type Affine, settle, settleScale } from '../../layers/affine.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import {
  convolve,
  type Kernel,
  readKernel,
  scaleOutputs,
  takeOwed,
} from '../../layers/convolution/conv1d.js';
import { type FrameWeights, meanOverTime, type WeightsFor } from '../../layers/frame-weights.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface PoolingSizes {
  readonly channels: Size;
  readonly attentionChannels: Size;
  /** Whether the attention also sees mean and deviation of the whole utterance. */
  readonly globalContext: boolean;
}

/** Smallest variance, as upstream clamps it before the root. */
const SMALLEST_VARIANCE = 1e-12;
const ONE = { kernelSize: sized(1, 'kernel_size'), dilation: 1, groups: sized(1, 'groups') };

/**
 * SpeechBrain's AttentiveStatisticsPooling: mean and (biased) standard deviation over time under
 * learned weights, `[batch, 1, 2 * channels]`. What the input owes is a shift after
 * `settleScale`: it moves means and leaves deviations alone, so it stays owed by the means.
 */
export function attentiveStatisticsPooling(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  input: Affine,
  sizes: PoolingSizes,
  weightsFor: WeightsFor,
): Affine {
  const x = settleScale(g, input);
  const frameWeights = weightsFor(x.value);
  const scores = attentionScores(g, weights, prefix, x, sizes, frameWeights);
  const masked =
    frameWeights.kept === undefined
      ? scores
      : where(g, frameWeights.kept, scores, g.scalar(Number.NEGATIVE_INFINITY));
  const attention = softmax(g, masked, 1);
  const average = sum(g, multiply(g, attention, x.value), 1);
  const offset = subtract(g, x.value, average);
  const variance = sum(g, multiply(g, attention, multiply(g, offset, offset)), 1);
  const channels = sizes.channels.size;
  const shift = new Float64Array(2 * channels);
  shift.set(x.shift ?? []);
  return { value: concat(g, [average, deviation(g, variance)], 2), shift };
}

function deviation(g: GraphBuilder, variance: Value): Value {
  return squareRoot(g, clip(g, variance, { low: SMALLEST_VARIANCE }));
}

/** Scores before the softmax, `[batch, frames, channels]`, less what is constant over time. */
function attentionScores(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  sizes: PoolingSizes,
  frameWeights: FrameWeights,
): Value {
  const { channels, attentionChannels, globalContext } = sizes;
  const inChannels = globalContext ? sized(3 * channels.size, `3 * ${channels.source}`) : channels;
  const outer = { ...ONE, inChannels, outChannels: attentionChannels };
  const kernel = readKernel(weights, `${prefix}tdnn.conv.conv`, outer);
  const norm = readBatchNorm(weights, `${prefix}tdnn.norm.norm`, attentionChannels);
  const scaled = scaleOutputs(kernel, norm.scale.map(Math.abs));
  const signs = norm.scale.some((scale) => scale < 0) ? norm.scale.map(Math.sign) : undefined;

  const linear = globalContext
    ? withContext(g, prefix, x, scaled, channels.size, frameWeights)
    : convolve(g, `${prefix}tdnn`, x.value, takeOwed(scaled, x));
  const rectified = relu(g, linear);
  const hidden = tanh(g, settle(g, { value: rectified, scale: signs, shift: norm.shift }));
  const inner = { ...ONE, inChannels: attentionChannels, outChannels: channels };
  const toScores = readKernel(weights, `${prefix}conv.conv`, inner);
  // The softmax over time does not see the bias: it is the same in every frame.
  return convolve(g, `${prefix}conv`, hidden, toScores, { bias: false });
}

/**
 * Upstream repeats mean and deviation over all frames and convolves them with the rest. They are
 * the same in every frame, so one product per utterance does.
 */
function withContext(
  g: GraphBuilder,
  prefix: string,
  x: Affine,
  kernel: Kernel,
  channels: number,
  frameWeights: FrameWeights,
): Value {
  const average = meanOverTime(g, x.value, frameWeights);
  const offset = subtract(g, x.value, average);
  const variance = meanOverTime(g, multiply(g, offset, offset), frameWeights);
  const context = concat(g, [average, deviation(g, variance)], 2);

  const shift = new Float64Array(3 * channels);
  shift.set(x.shift ?? []);
  shift.set(x.shift ?? [], channels);
  const folded = takeOwed(kernel, { value: x.value, shift });
  const out = kernel.bias.length;
  const columns = (from: number, to: number) => {
    const matrix = new Float64Array((to - from) * out);
    for (let channel = from; channel < to; channel++) {
      for (let o = 0; o < out; o++) {
        matrix[(channel - from) * out + o] = folded.weight[o * 3 * channels + channel] ?? 0;
      }
    }
    return matrix;
  };
  const local = g.weight(`${prefix}tdnn.local`, columns(0, channels), [channels, out], 1);
  const global = columns(channels, 3 * channels);
  const wide = g.weight(`${prefix}tdnn.global`, global, [2 * channels, out], 1);
  const bias = g.constant(`${prefix}tdnn.bias`, folded.bias, [out]);
  const perUtterance = add(g, matMul(g, context, wide), bias);
  return add(g, matMul(g, x.value, local), perUtterance);
}
