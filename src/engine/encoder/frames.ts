import type { Features } from '../../features/types.js';

/**
 * Neighbouring bucket sizes differ by an eighth. On WebGPU every new input length compiles shaders
 * again (seconds on a slow GPU), so lengths are cut down to one of few.
 */
const BUCKET_RATIO = 9 / 8;

/**
 * The largest bucket that holds no more than `frames`. Buckets grow geometrically from
 * `smallest`, which is always one itself.
 */
export function bucketFrames(frames: number, smallest: number): number {
  let bucket = smallest;
  for (;;) {
    const next = Math.max(bucket + 1, Math.floor(bucket * BUCKET_RATIO));
    if (next > frames) return bucket;
    bucket = next;
  }
}

/**
 * Leaves out the last frames beyond a bucket: at most a ninth of an utterance. Features were
 * normalised over the whole of it before, so the frames that stay are those of the full run.
 */
export function cropToBucket(features: Features, smallest: number): Features {
  const frames = bucketFrames(features.frames, smallest);
  return {
    data: features.data.subarray(0, frames * features.bands),
    frames,
    bands: features.bands,
  };
}
