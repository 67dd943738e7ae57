import { describe, expect, it } from 'vitest';
import { cutWindows, embeddingMean } from './cut-windows.js';
import { bucketFrames, cropToBucket } from './frames.js';

describe('cutWindows', () => {
  it.each([0, 1, 99, 100, 101, 199, 201, 36_000])('covers %d samples evenly', (length) => {
    const windows = cutWindows(length, 100);
    expect(windows[0]?.start).toBe(0);
    expect(windows.at(-1)?.end).toBe(length);
    for (const [i, { start, end }] of windows.entries()) {
      expect(end - start).toBeLessThanOrEqual(100);
      if (i > 0) expect(start).toBe(windows[i - 1]?.end);
      if (length > 100) expect(end - start).toBeGreaterThanOrEqual(50);
    }
  });
});

describe('embeddingMean', () => {
  it('normalises each embedding and weights it by its duration', () => {
    const mean = embeddingMean(2);
    mean.add(Float32Array.of(100, 0), 3);
    mean.add(Float32Array.of(0, 0.01), 1);
    const [x, y] = mean.result();
    expect(x).toBeCloseTo(0.75, 6);
    expect(y).toBeCloseTo(0.25, 6);
  });
});

describe('bucketFrames', () => {
  it('knows few lengths and leaves out at most a ninth', () => {
    const buckets = new Set<number>();
    for (let frames = 5; frames <= 2001; frames++) {
      const bucket = bucketFrames(frames, 5);
      buckets.add(bucket);
      expect(bucket).toBeLessThanOrEqual(frames);
      expect(bucket).toBeGreaterThanOrEqual(5);
      expect((frames - bucket) / frames).toBeLessThan(1 / 9);
    }
    expect(buckets.size).toBeLessThan(55);
  });

  it('crops the last frames', () => {
    const data = Float32Array.from({ length: 64 * 2 }, (_, i) => i);
    const { frames, data: kept } = cropToBucket({ data, frames: 64, bands: 2 }, 5);
    expect(frames).toBe(bucketFrames(64, 5));
    expect(kept).toEqual(data.subarray(0, frames * 2));
  });
});
