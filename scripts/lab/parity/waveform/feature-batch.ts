import type { FrontEnd } from '../../../../src/features/index.js';
import type { TensorValue } from '../../../../src/tensor.js';
import type { NpyArray } from '../npy.js';

/** Features of a batch, `[batch, frames, bands]`. */
export interface FeatureBatch {
  readonly shape: readonly [number, number, number];
  readonly values: Float32Array;
}

/** Rows `[batch, samples]`, each through the front end, then through `finish` if there is one. */
export function featureBatch(
  waves: NpyArray,
  frontEnd: FrontEnd,
  finish?: (data: Float32Array, frames: number, row: number) => void,
): FeatureBatch {
  const [batch = 0, samples = 0] = waves.shape;
  const rows = Array.from({ length: batch }, (_, row) => {
    const wave = Float32Array.from(waves.values.subarray(row * samples, (row + 1) * samples));
    const { data, frames } = frontEnd.compute(wave);
    const own = Float32Array.from(data);
    finish?.(own, frames, row);
    return { frames, data: own };
  });
  const frames = rows[0]?.frames ?? 0;
  const { bands } = frontEnd;
  const values = new Float32Array(batch * frames * bands);
  for (const [row, { data }] of rows.entries()) values.set(data, row * frames * bands);
  return { shape: [batch, frames, bands], values };
}

export function featureTensor({ shape, values }: FeatureBatch): TensorValue {
  return { type: 'float32', dims: shape, data: values };
}
