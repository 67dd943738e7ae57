import {
  add,
  clip,
  concat,
  divide,
  type GraphBuilder,
  multiply,
  sigmoid,
  slice,
  split,
  squareRoot,
  subtract,
  sum,
  tanh,
  type Value,
} from '../../../onnx/index.js';
import { settle } from '../../layers/affine.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import { convolve, readKernel, takeOwed } from '../../layers/convolution/conv1d.js';
import { pointwise, readLinear } from '../../layers/convolution/padded-convolution.js';
import { type StateDict, sized } from '../../state-dict.js';
import type { CausalTdnnSizes } from '../sizes.js';
import { owedNorm } from './layers.js';

/** Least sum of weights and least variance, as the class has them. */
const FLOOR = 1e-4;

/**
 * Sums over the steps of `[batch, steps, channels]`: of the attention's weights, of the weighted
 * values and of their weighted squares, `[batch, 1, 3 * channels]`. The weights are sigmoids and
 * not a softmax, so that sums of parts add up to the sums of the whole.
 */
export function attendedSums(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  { channels, attentionChannels }: CausalTdnnSizes,
): Value {
  const owed = owedNorm(weights, 'pooling.norm', x, channels);
  const layer = (key: string, input: Value, from: typeof channels, to: typeof channels) =>
    convolve(g, key, input, readKernel(weights, key, pointwise(from, to)));
  const value = settle(g, owed);
  const hidden = tanh(g, layer('pooling.attention1', value, channels, attentionChannels));
  const scores = layer('pooling.attention2', hidden, attentionChannels, channels);
  const attention = sigmoid(g, scores);
  const weighted = multiply(g, attention, value);
  return sum(g, concat(g, [attention, weighted, multiply(g, weighted, value)], 2), 1);
}

/** Embeddings `[batch, rows, lin_neurons]` of sums `[batch, rows, 3 * channels]`. */
export function embedSums(
  g: GraphBuilder,
  weights: StateDict,
  sums: Value,
  { channels, linNeurons }: CausalTdnnSizes,
): Value {
  const { size } = channels;
  const [weight = sums, first = sums, second = sums] = split(g, sums, 2, [size, size, size]);
  const total = clip(g, weight, { low: FLOOR });
  const mean = divide(g, first, total);
  const variance = subtract(g, divide(g, second, total), multiply(g, mean, mean));
  const deviation = squareRoot(g, clip(g, variance, { low: FLOOR }));
  const twice = sized(2 * size, '2 * channels');
  const norm = readBatchNorm(weights, 'norm', twice);
  const kernel = readLinear(weights, 'fc', twice, linNeurons);
  const value = concat(g, [mean, deviation], 2);
  return convolve(g, 'fc', value, takeOwed(kernel, { value, ...norm }));
}

/** Running sums, and what their rounding added too much. */
export interface RunningSums {
  readonly sums: Value;
  readonly rounding: Value;
}

/**
 * Adds a chunk to sums that may have grown for hours: what rounding adds too much is taken off with
 * the next chunk, so that the error does not grow with their number (W. Kahan, Further remarks on
 * reducing truncation errors, 1965).
 */
export function addCompensated(
  g: GraphBuilder,
  { sums, rounding }: RunningSums,
  chunk: Value,
): RunningSums {
  const corrected = subtract(g, chunk, rounding);
  const next = add(g, sums, corrected);
  return { sums: next, rounding: subtract(g, subtract(g, next, sums), corrected) };
}

/** The ring with a chunk in place of its oldest, `[batch, slots, 3 * channels]`. */
export function pushChunk(g: GraphBuilder, ring: Value, chunk: Value): Value {
  // Cut after joining: with one slot, cutting first would leave an empty tensor.
  return slice(g, concat(g, [ring, chunk], 1), 1, 1, 0);
}
