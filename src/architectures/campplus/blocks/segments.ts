import {
  add,
  cast,
  compare,
  cumulativeSum,
  divide,
  everyNth,
  type GraphBuilder,
  matMul,
  multiply,
  subtract,
  sum,
  transpose,
  type Value,
} from '../../../onnx/index.js';
import { type FrameWeights, uniformWeights } from '../../layers/frame-weights.js';

/** Frames of a segment of upstream's `seg_pooling`. */
const SEGMENT = 100;

/** How frames belong to segments; the same in every layer. */
export interface Segments {
  /** Weights that give, per segment, the mean over all frames plus its own: `[batch, segments, frames]` */
  readonly contexts: Value;
  /** 1 where a frame lies in a segment: `[batch, frames, segments]` */
  readonly members: Value;
  /** 1 / frames everywhere. */
  readonly uniform: FrameWeights;
}

/**
 * The segments of a value `[batch, frames, channels]`: runs of 100 frames, of which the last is
 * shorter and counts by its own length, as `avg_pool1d(ceil_mode=True)`.
 *
 * Made from values alone, since shape arithmetic would leave the GPU. Whatever upstream computes in
 * every frame of a segment from its context is the same there, so it is computed once.
 */
export function segmentsOf(g: GraphBuilder, x: Value): Segments {
  const uniform = uniformWeights(g)(x);
  const ones = add(g, multiply(g, uniform.row, g.scalar(0)), g.scalar(1));
  const index = subtract(g, cumulativeSum(g, ones, 2), g.scalar(1));
  const starts = transpose(g, everyNth(g, index, 2, SEGMENT), [0, 2, 1]);
  const offset = subtract(g, index, starts);
  const flag = (condition: Value) => cast(g, condition, 'float32');
  const inside = multiply(
    g,
    flag(compare(g, 'GreaterOrEqual', offset, g.scalar(0))),
    flag(compare(g, 'Less', offset, g.scalar(SEGMENT))),
  );
  const own = divide(g, inside, sum(g, inside, 2));
  return {
    contexts: add(g, own, uniform.row),
    members: transpose(g, inside, [0, 2, 1]),
    uniform,
  };
}

/** Rows `[batch, segments, channels]`, each to all frames of its segment. */
export function spread(g: GraphBuilder, { members }: Segments, rows: Value): Value {
  return matMul(g, members, rows);
}
