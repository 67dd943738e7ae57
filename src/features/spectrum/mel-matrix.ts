import { power } from './float32-math.js';

/** A mel filter bank, row-major `[bins, bands]` in float32 as upstream holds it. */
export interface MelMatrix {
  readonly bins: number;
  readonly bands: number;
  readonly values: Float32Array;
}

const { fround } = Math;

/** The HTK mel scale: 2595 log10(1 + hz / 700). */
export function hzToMel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

/** Inverse of {@link hzToMel} on a float32 tensor: every step rounded. */
export function melToHz(mel: number): number {
  return fround(700 * fround(power(10, fround(mel / 2595)) - 1));
}

/** Values that torch computes at once (AVX2). */
const LANES = 8;

/**
 * `torch.linspace` in float32: counted from both ends towards the middle, eight values at a time
 * from the first of them. The bits matter: an edge that is off by one moves the weights of a high
 * filter by 1e-5.
 */
export function linspace(start: number, end: number, count: number): Float32Array {
  const low = fround(start);
  const high = fround(end);
  const step = fround(fround(high - low) / (count - 1));
  const half = Math.floor(count / 2);
  const whole = count - (count % LANES);
  return Float32Array.from({ length: count }, (_, i) => {
    const first = i < whole ? i - (i % LANES) : i;
    const base = first < half ? low + step * first : high - step * (count - 1 - first);
    return fround(base) + step * (i - first);
  });
}

/** Fills a matrix from a function of (bin, band). */
export function melMatrix(
  bins: number,
  bands: number,
  weight: (bin: number, band: number) => number,
): MelMatrix {
  const values = new Float32Array(bins * bands);
  for (let bin = 0; bin < bins; bin++) {
    for (let band = 0; band < bands; band++) values[bin * bands + band] = weight(bin, band);
  }
  return { bins, bands, values };
}

/** Applies a filter bank to one power spectrum; filters are kept without their zeros. */
export function melFilter(matrix: MelMatrix): (power: Float64Array, out: Float64Array) => void {
  const starts = new Int32Array(matrix.bands);
  const offsets = new Int32Array(matrix.bands + 1);
  const weights: number[] = [];
  for (let band = 0; band < matrix.bands; band++) {
    const column = Array.from(
      { length: matrix.bins },
      (_, bin) => matrix.values[bin * matrix.bands + band] ?? 0,
    );
    const first = column.findIndex((value) => value !== 0);
    const last = column.findLastIndex((value) => value !== 0);
    starts[band] = Math.max(0, first);
    if (first >= 0) weights.push(...column.slice(first, last + 1));
    offsets[band + 1] = weights.length;
  }
  const packed = Float64Array.from(weights);
  return (power, out) => {
    for (let band = 0; band < starts.length; band++) {
      const from = offsets[band] ?? 0;
      const to = offsets[band + 1] ?? 0;
      let bin = starts[band] ?? 0;
      let sum = 0;
      for (let i = from; i < to; i++) sum += (packed[i] ?? 0) * (power[bin++] ?? 0);
      out[band] = sum;
    }
  };
}
