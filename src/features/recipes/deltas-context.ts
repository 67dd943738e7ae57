import type { Features } from '../types.js';

/** Frames on each side that a delta looks at (`speechbrain.processing.features.Deltas`, window 5). */
const REACH = 2;

/** First derivatives over time: regression over five frames, the ends repeated. */
function deltas({ data, frames, bands }: Features): Float32Array {
  const slopes = new Float32Array(frames * bands);
  const denominator = (REACH * (REACH + 1) * (2 * REACH + 1)) / 3;
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      let sum = 0;
      for (let offset = -REACH; offset <= REACH; offset++) {
        const at = Math.min(frames - 1, Math.max(0, frame + offset));
        sum += offset * (data[at * bands + band] ?? 0);
      }
      slopes[frame * bands + band] = sum / denominator;
    }
  }
  return slopes;
}

/** Each frame followed by its first and second derivatives: three times the bands. */
export function withDeltas(features: Features): Features {
  const { frames, bands } = features;
  const first = deltas(features);
  const second = deltas({ data: first, frames, bands });
  const parts = [features.data, first, second];
  const data = new Float32Array(frames * bands * parts.length);
  for (let frame = 0; frame < frames; frame++) {
    for (const [part, values] of parts.entries()) {
      const row = values.subarray(frame * bands, (frame + 1) * bands);
      data.set(row, (frame * parts.length + part) * bands);
    }
  }
  return { data, frames, bands: bands * parts.length };
}

/**
 * Each value beside its neighbours in time, band by band, zeros beyond the ends
 * (`speechbrain.processing.features.ContextWindow`).
 */
export function withContext(features: Features, left: number, right: number): Features {
  const { data: values, frames, bands } = features;
  const width = left + right + 1;
  const data = new Float32Array(frames * bands * width);
  for (let frame = 0; frame < frames; frame++) {
    for (let offset = 0; offset < width; offset++) {
      const from = frame + offset - left;
      if (from < 0 || from >= frames) continue;
      for (let band = 0; band < bands; band++) {
        data[(frame * bands + band) * width + offset] = values[from * bands + band] ?? 0;
      }
    }
  }
  return { data, frames, bands: bands * width };
}
