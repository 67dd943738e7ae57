import { VoiceprintError } from '../../errors.js';
import type { Size, StateDict } from '../state-dict.js';

/** Arguments of torch.nn.BatchNorm1d that matter at inference. */
export interface BatchNormOptions {
  readonly epsilon: number;
  /** Whether there are a weight and a bias. */
  readonly affine: boolean;
}

/** torch.nn.BatchNorm1d's defaults. */
const DEFAULTS: BatchNormOptions = { epsilon: 1e-5, affine: true };

/** BatchNorm in eval mode as one factor and one offset per channel, in float64. */
export interface Normalization {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Reads `<prefix>.weight`, `.bias`, `.running_mean` and `.running_var`.
 * @param options - default: torch's.
 * @throws VoiceprintError `graph/weights` on a negative variance.
 */
export function readBatchNorm(
  weights: StateDict,
  prefix: string,
  channels: Size,
  { epsilon, affine }: BatchNormOptions = DEFAULTS,
): Normalization {
  const read = (name: string, otherwise: number) =>
    affine
      ? weights.read(`${prefix}.${name}`, [channels])
      : new Float32Array(channels.size).fill(otherwise);
  const gain = read('weight', 1);
  const bias = read('bias', 0);
  const mean = weights.read(`${prefix}.running_mean`, [channels]);
  const variance = weights.read(`${prefix}.running_var`, [channels]);
  const negative = variance.findIndex((value) => value < 0);
  if (negative >= 0) {
    const message = `${prefix}.running_var holds ${variance[negative]} at index ${negative}: a variance cannot be negative`;
    throw new VoiceprintError('graph/weights', message);
  }
  const scale = Float64Array.from(
    gain,
    (value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon),
  );
  const shift = Float64Array.from(bias, (value, i) => value - (mean[i] ?? 0) * (scale[i] ?? 0));
  return { scale, shift };
}
