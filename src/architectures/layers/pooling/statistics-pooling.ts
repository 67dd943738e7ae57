import { add, concat, type GraphBuilder, squareRoot, type Value } from '../../../onnx/index.js';
import { uniformWeights, type WeightsFor } from '../frame-weights.js';
import { unbiasedContext } from './attentive-pooling.js';

/**
 * What the published systems add to the variance before its root; they differ in nothing else:
 * WeSpeaker's `TSTP`, 3D-Speaker's `TSTP`, and 3D-Speaker's and pyannote's `StatsPool`.
 */
export const ADDED_VARIANCE = { wespeaker: 1e-7, speakerlab: 1e-8, none: 0 } as const;

/**
 * Mean and unbiased deviation over time of `[batch, frames, channels]`, as
 * `[batch, 1, 2 * channels]`. Of a single frame the deviation is NaN, as torch's.
 */
export function statisticsPooling(
  g: GraphBuilder,
  x: Value,
  addedVariance: number,
  weightsFor: WeightsFor = uniformWeights(g),
): Value {
  const { mean, deviation } = unbiasedContext(g, x, weightsFor(x), (variance) =>
    squareRoot(g, addedVariance === 0 ? variance : add(g, variance, g.scalar(addedVariance))),
  );
  return concat(g, [mean, deviation], 2);
}
