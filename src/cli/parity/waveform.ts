import { speechbrainFbank } from '../../features/index.js';
import type { TensorValue } from '../../runtime/index.js';
import type { NpyArray } from './npy.js';

/** Features of a batch, `[batch, frames, bands]`. */
export interface FeatureBatch {
  readonly shape: readonly [number, number, number];
  readonly values: Float32Array;
}

/**
 * What SpeechBrain's `encode_batch` puts in front of an encoder: Fbank of each zero-padded
 * waveform, then sentence normalisation over the frames that its relative length keeps.
 */
export function encodeBatchFeatures(
  waves: NpyArray,
  lengths: NpyArray | undefined,
  bands: number,
): FeatureBatch {
  const [batch = 0, samples = 0] = waves.shape;
  const frontEnd = speechbrainFbank({ n_mels: bands, normalization: 'none' });
  const rows = Array.from({ length: batch }, (_, row) => {
    const wave = Float32Array.from(waves.values.subarray(row * samples, (row + 1) * samples));
    const { data, frames } = frontEnd.compute(wave);
    const kept = keptFrames(lengths?.values[row] ?? 1, frames);
    return { frames, data: withoutMean(Float32Array.from(data), bands, kept) };
  });
  const frames = rows[0]?.frames ?? 0;
  const values = new Float32Array(batch * frames * bands);
  for (const [row, { data }] of rows.entries()) values.set(data, row * frames * bands);
  return { shape: [batch, frames, bands], values };
}

export function featureTensor({ shape, values }: FeatureBatch): TensorValue {
  return { type: 'float32', dims: shape, data: values };
}

/** Frames i < float32(lengths * L) - 1e-6, as InputNormalization counts them in float32. */
function keptFrames(length: number, frames: number): number {
  const limit = Math.fround(Math.fround(Math.fround(length) * frames) - Math.fround(1e-6));
  return Math.min(frames, Math.ceil(limit));
}

/** Subtracts each band's mean over the first `kept` frames from all frames. */
function withoutMean(data: Float32Array, bands: number, kept: number): Float32Array {
  for (let band = 0; band < bands; band++) {
    let sum = 0;
    for (let i = band; i < kept * bands; i += bands) sum += data[i] ?? 0;
    const mean = sum / kept;
    for (let i = band; i < data.length; i += bands) data[i] = (data[i] ?? 0) - mean;
  }
  return data;
}
