import {
  cast,
  compare,
  countUp,
  divide,
  type GraphBuilder,
  mean,
  multiply,
  reshape,
  sizeOf,
  sum,
  type Value,
} from '../../onnx/index.js';

/** Which frames of `[batch, frames, channels]` are speech and not padding. */
export interface LengthMask {
  /** bool `[batch, frames, 1]` */
  readonly kept: Value;
  /** 1 and 0, float32 `[batch, frames, 1]` */
  readonly weight: Value;
  /** Frames kept, float32 `[batch, 1, 1]` */
  readonly total: Value;
}

/** Makes the mask for a value; masks are shared by values of the same number of frames. */
export type MaskFor = (x: Value) => LengthMask | undefined;

/** `lengths` were not given: every frame counts. */
export const unmasked: MaskFor = () => undefined;

/**
 * SpeechBrain's `length_to_mask(lengths * L, max_len=L)`: frame i is kept where
 * `float32(i) < float32(lengths * L)`. The product is rounded to float32, so `lengths = n / L` may
 * keep n + 1 frames, and upstream's numbers can only be met by keeping them too.
 *
 * @param lengths - relative lengths in (0, 1], float32 `[batch]`.
 */
export function masksOf(g: GraphBuilder, lengths: Value): MaskFor {
  const masks = new Map<string, LengthMask>();
  return (x) => {
    const [batch = 'batch', frames = 'frames'] = x.shape;
    const known = masks.get(String(frames));
    if (known !== undefined) return known;
    const count = sizeOf(g, x, 1);
    const index = countUp(g, count, String(frames));
    const limits = multiply(g, lengths, cast(g, count, 'float32'));
    const column = reshape(g, limits, [-1, 1, 1], [batch, 1, 1]);
    const row = reshape(g, index, [1, -1, 1], [1, frames, 1]);
    const kept = compare(g, 'Less', row, column);
    const weight = cast(g, kept, 'float32');
    const mask = { kept, weight, total: sum(g, weight, 1) };
    masks.set(String(frames), mask);
    return mask;
  };
}

/** Mean over the kept frames, `[batch, 1, channels]`; NaN where none is kept, as upstream. */
export function meanOverTime(g: GraphBuilder, x: Value, mask: LengthMask | undefined): Value {
  if (mask === undefined) return mean(g, x, 1);
  return divide(g, sum(g, multiply(g, x, mask.weight), 1), mask.total);
}
