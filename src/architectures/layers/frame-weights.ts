import {
  cast,
  compare,
  countUp,
  divide,
  type GraphBuilder,
  knownDim,
  matMul,
  multiply,
  reshape,
  sizeOf,
  slice,
  softmax,
  sum,
  type Value,
} from '../../onnx/index.js';

/** How the frames of `[batch, frames, channels]` count. */
export interface FrameWeights {
  /** 1 / (frames kept) in each kept frame and 0 in the others, float32 `[batch, 1, frames]` */
  readonly row: Value;
  /** bool `[batch, frames, 1]`; undefined where every frame is kept */
  readonly kept: Value | undefined;
}

/** The weights for a value; values of the same number of frames share them. */
export type WeightsFor = (x: Value) => FrameWeights;

function sharedByFrames(make: (x: Value) => FrameWeights): WeightsFor {
  const made = new Map<string, FrameWeights>();
  return (x) => {
    const frames = String(x.shape[1]);
    const weights = made.get(frames) ?? make(x);
    made.set(frames, weights);
    return weights;
  };
}

/**
 * `lengths` were not given: every frame counts alike. 1 / frames is the softmax of zeros, made from
 * the values alone, since shape arithmetic would leave the GPU.
 */
export function uniformWeights(g: GraphBuilder): WeightsFor {
  return sharedByFrames((x) => {
    const [batch = 'batch', frames = 'frames'] = x.shape;
    const zeros = multiply(g, slice(g, x, 2, 0, knownDim(x.shape, 2) - 1), g.scalar(0));
    const row = softmax(g, reshape(g, zeros, [0, 1, -1], [batch, 1, frames]), 2);
    return { row, kept: undefined };
  });
}

/**
 * SpeechBrain's `length_to_mask(lengths * L, max_len=L)`: frame i is kept where
 * `float32(i) < float32(lengths * L)`. The product is rounded to float32, so `lengths = n / L` may
 * keep n + 1 frames, and upstream's numbers can only be met by keeping them too.
 *
 * @param lengths - relative lengths in (0, 1], float32 `[batch]`.
 */
export function weightsByLengths(g: GraphBuilder, lengths: Value): WeightsFor {
  return sharedByFrames((x) => {
    const [batch = 'batch', frames = 'frames'] = x.shape;
    const count = sizeOf(g, x, 1);
    const index = countUp(g, count, String(frames));
    const limits = multiply(g, lengths, cast(g, count, 'float32'));
    const column = reshape(g, limits, [-1, 1, 1], [batch, 1, 1]);
    const kept = compare(g, 'Less', reshape(g, index, [1, -1, 1], [1, frames, 1]), column);
    const ones = cast(g, kept, 'float32');
    const share = divide(g, ones, sum(g, ones, 1));
    return { row: reshape(g, share, [0, 1, -1], [batch, 1, frames]), kept };
  });
}

/**
 * Mean over the kept frames, `[batch, 1, channels]`; NaN where none is kept, as upstream.
 *
 * A matrix product with one row of weights: onnxruntime's ReduceMean over an inner axis takes
 * several times as long.
 */
export function meanOverTime(g: GraphBuilder, x: Value, weights: FrameWeights): Value {
  return matMul(g, weights.row, x);
}
