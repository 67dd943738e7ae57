import {
  add,
  clip,
  compare,
  concat,
  divide,
  type GraphBuilder,
  lastOf,
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
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { type Affine, settle } from '../affine.js';
import { readBatchNorm } from '../batch-norm.js';
import {
  convolve,
  type Kernel,
  readKernel,
  scaleOutputs,
  takeOwed,
} from '../convolution/conv1d.js';
import { pointwise, signsOf } from '../convolution/padded-convolution.js';
import { type FrameWeights, meanOverTime } from '../frame-weights.js';

/** Mean and deviation over a whole utterance, each `[batch, 1, channels]`. */
export interface Context {
  readonly mean: Value;
  readonly deviation: Value;
  /** Where upstream's deviation is NaN, and with it all that it touches; bool `[batch, 1, 1]`. */
  readonly undefinedAt?: Value | undefined;
}

/** What the attentive statistics poolings of the published systems differ in. */
export interface AttentivePooling {
  readonly channels: Size;
  readonly hidden: Size;
  /** Scores per frame: one for all channels, or one each. @default channels */
  readonly scores?: Size;
  readonly keys: { readonly first: string; readonly norm?: string; readonly second: string };
  /** Between the two layers: with `keys.norm` a ReLU and its BatchNorm come first. */
  readonly tanh: boolean;
  /** Bounds of the variance that goes into the embedding. */
  readonly variance: { readonly low: number; readonly high?: number };
  /** What the attention sees besides the frame; undefined = the frame alone. */
  readonly context?: Context | undefined;
  /** Hides frames from the softmax. */
  readonly hide?: ((scores: Value) => Value) | undefined;
}

/**
 * Mean and deviation of `[batch, frames, channels]` over time under learned weights, as
 * `[batch, 1, 2 * channels]`.
 */
export function attentivePooling(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  pooling: AttentivePooling,
): Value {
  const scores = attentionScores(g, weights, prefix, x, pooling);
  const attention = softmax(g, pooling.hide?.(scores) ?? scores, 1);
  const average = sum(g, multiply(g, attention, x), 1);
  const offset = subtract(g, x, average);
  // Upstream has sum(w x^2) - mean^2, which is the same and cancels.
  const variance = sum(g, multiply(g, attention, multiply(g, offset, offset)), 1);
  const deviation = squareRoot(g, clip(g, variance, pooling.variance));
  const pooled = concat(g, [average, deviation], 2);
  const undefinedAt = pooling.context?.undefinedAt;
  // A NaN would not survive the ReLU, the softmax and the clip of every backend.
  return undefinedAt === undefined ? pooled : where(g, undefinedAt, notANumber(g), pooled);
}

const notANumber = (g: GraphBuilder) => g.scalar(Number.NaN);

/**
 * Mean and unbiased deviation over time. Of a single frame the deviation is NaN, as torch's.
 *
 * @param finish - upstream's way from the variance to the deviation; it need not mind NaN.
 */
export function unbiasedContext(
  g: GraphBuilder,
  x: Value,
  frameWeights: FrameWeights,
  finish: (variance: Value) => Value,
): Context {
  const mean = meanOverTime(g, x, frameWeights);
  const offset = subtract(g, x, mean);
  const biased = meanOverTime(g, multiply(g, offset, offset), frameWeights);
  // The weights are 1 / frames each, so this is (frames - 1) / frames.
  const correction = subtract(g, g.scalar(1), lastOf(g, frameWeights.row, 2, 1));
  const undefinedAt = compare(g, 'Equal', correction, g.scalar(0));
  const deviation = finish(divide(g, biased, correction));
  return { mean, deviation: where(g, undefinedAt, notANumber(g), deviation), undefinedAt };
}

/** Scores before the softmax, less what is the same in every frame. */
function attentionScores(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { channels, hidden, scores = channels, keys, tanh: hasTanh, context }: AttentivePooling,
): Value {
  const inChannels =
    context === undefined ? channels : sized(3 * channels.size, `3 * ${channels.source}`);
  const first = readKernel(weights, prefix + keys.first, pointwise(inChannels, hidden));
  const linear = (kernel: Kernel) =>
    context === undefined
      ? convolve(g, prefix + keys.first, x, kernel)
      : withContext(g, prefix + keys.first, x, context, kernel);
  let inner: Affine;
  if (keys.norm === undefined) {
    inner = { value: linear(first) };
  } else {
    const { scale, shift } = readBatchNorm(weights, prefix + keys.norm, hidden);
    const scaled = scaleOutputs(first, scale.map(Math.abs));
    inner = { value: relu(g, linear(scaled)), scale: signsOf(scale), shift };
  }
  if (hasTanh) inner = { value: tanh(g, settle(g, inner)) };
  const second = readKernel(weights, prefix + keys.second, pointwise(hidden, scores));
  // The softmax over time does not see the bias: it is the same in every frame.
  return convolve(g, prefix + keys.second, inner.value, takeOwed(second, inner), { bias: false });
}

/**
 * Upstream repeats mean and deviation over all frames and convolves them with the rest. They are
 * the same in every frame, so one product per utterance does.
 */
function withContext(
  g: GraphBuilder,
  hint: string,
  x: Value,
  { mean, deviation }: Context,
  { weight, bias }: Kernel,
): Value {
  const out = bias.length;
  const channels = weight.length / out / 3;
  const columns = (from: number, to: number) => {
    const matrix = new Float64Array((to - from) * out);
    for (let channel = from; channel < to; channel++) {
      for (let o = 0; o < out; o++) {
        matrix[(channel - from) * out + o] = weight[o * 3 * channels + channel] ?? 0;
      }
    }
    return matrix;
  };
  const local = g.weight(`${hint}.local`, columns(0, channels), [channels, out], 1);
  const wide = columns(channels, 3 * channels);
  const global = g.weight(`${hint}.global`, wide, [2 * channels, out], 1);
  const perUtterance = add(
    g,
    matMul(g, concat(g, [mean, deviation], 2), global),
    g.constant(`${hint}.bias`, bias, [out]),
  );
  return add(g, matMul(g, x, local), perUtterance);
}
