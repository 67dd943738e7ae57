import { cosine, power } from './float32-math.js';

const { fround } = Math;

/**
 * A Hamming window as torch builds it, step by step in float32.
 *
 * @param periodic - Divides the circle by `length` (torch's default) instead of `length - 1` (Kaldi).
 */
export function hammingWindow(length: number, periodic = true): Float64Array {
  return raisedCosine(length, periodic, 0.54, 0.46);
}

/** A Hann window; see {@link hammingWindow}. */
export function hannWindow(length: number, periodic = true): Float64Array {
  return raisedCosine(length, periodic, 0.5, 0.5);
}

/** Kaldi's own window: symmetric Hann to the power of 0.85. */
export function poveyWindow(length: number): Float64Array {
  return hannWindow(length, false).map((value) => power(value, fround(0.85)));
}

/** A window in the middle of a frame of `size` samples, zeros around it, as `torch.stft` places it. */
export function centred(window: Float64Array, size: number): Float64Array {
  const frame = new Float64Array(size);
  frame.set(window, Math.floor((size - window.length) / 2));
  return frame;
}

function raisedCosine(
  length: number,
  periodic: boolean,
  alpha: number,
  beta: number,
): Float64Array {
  if (length === 1) return Float64Array.of(1);
  const step = fround((2 * Math.PI) / (periodic ? length : length - 1));
  return Float64Array.from({ length }, (_, i) => {
    const cos = cosine(fround(i * step));
    return fround(fround(cos * fround(-beta)) + fround(alpha));
  });
}
