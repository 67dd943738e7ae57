import {
  add,
  cast,
  clip,
  divide,
  type GraphBuilder,
  multiply,
  squareRoot,
  subtract,
  sum,
  unary,
  unsqueeze,
  type Value,
  where,
} from '../../../onnx/index.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import {
  attentivePooling,
  type Context,
  unbiasedContext,
} from '../../layers/pooling/attentive-pooling.js';
import type { Size, StateDict } from '../../state-dict.js';

export interface ChannelAttentivePoolingSizes {
  readonly inputSize: Size;
  readonly hiddenSize: Size;
}

/** Bounds of variances, in the context and in the result. */
const VARIANCE = { low: 1e-4, high: 1e4 };
/** Upstream adds it to the number of frames. */
const COUNT_OFFSET = 1e-6;
/** What hidden scores are filled with. */
const HIDDEN_SCORE = -1e9;

/**
 * ESPnet's ChnAttnStatPooling of `[batch, frames, channels]`, as `[batch, 1, 2 * channels]`.
 *
 * @param mask - `[batch, frames]`, anything but 0 where a frame is padding.
 */
export function channelAttentivePooling(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inputSize, hiddenSize }: ChannelAttentivePoolingSizes,
  mask?: Value,
): Value {
  const padding = mask === undefined ? undefined : unsqueeze(g, cast(g, mask, 'bool'), 2);
  const kept = padding === undefined ? x : where(g, padding, g.scalar(0), x);
  const context = padding === undefined ? wholeContext(g, x) : keptContext(g, kept, padding);
  return attentivePooling(g, weights, prefix, kept, {
    channels: inputSize,
    hidden: hiddenSize,
    keys: { first: 'attention.0', norm: 'attention.2', second: 'attention.3' },
    tanh: false,
    variance: VARIANCE,
    context,
    hide:
      padding === undefined
        ? undefined
        : (scores) => where(g, padding, g.scalar(HIDDEN_SCORE), scores),
  });
}

function wholeContext(g: GraphBuilder, x: Value): Context {
  return unbiasedContext(g, x, uniformWeights(g)(x), (variance) =>
    squareRoot(g, clip(g, variance, VARIANCE)),
  );
}

/**
 * Upstream's statistics under a mask: every squared deviation is clamped, those of padded frames
 * (which are 0 by now) count too, and the sum is divided by the number of kept frames.
 */
function keptContext(g: GraphBuilder, kept: Value, padding: Value): Context {
  const counted = cast(g, unary(g, 'Not', padding), 'float32');
  const count = add(g, sum(g, counted, 1), g.scalar(COUNT_OFFSET));
  const mean = divide(g, sum(g, kept, 1), count);
  const offset = subtract(g, kept, mean);
  const squares = clip(g, multiply(g, offset, offset), VARIANCE);
  return { mean, deviation: squareRoot(g, divide(g, sum(g, squares, 1), count)) };
}
