// One descriptor by its own path: the whole of Meyda is 16 KB and puts itself on `window`.
import rms from 'meyda/dist/esm/extractors/rms.js';

/** Mean of the squared samples of `samples[start, end)`; 0 for none. */
export function meanPower(samples: Float32Array, start = 0, end: number = samples.length): number {
  let total = 0;
  for (let i = start; i < end; i++) {
    const sample = samples[i] ?? 0;
    total += sample * sample;
  }
  return end > start ? total / (end - start) : 0;
}

/** A power relative to full scale (a square wave of amplitude 1) in dB; -Infinity for 0. */
export function powerDb(power: number): number {
  return 10 * Math.log10(power);
}

/**
 * RMS level in dB relative to full scale: -3 for a full sine, -Infinity for silence or no samples.
 * It is Meyda's `rms` descriptor; the live meter and the quality report both show it.
 */
export function levelDb(samples: Float32Array): number {
  return samples.length === 0
    ? Number.NEGATIVE_INFINITY
    : 20 * Math.log10(rms({ signal: samples }));
}
