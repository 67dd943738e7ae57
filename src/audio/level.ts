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

/** RMS level in dB relative to full scale: -3 for a full sine, -Infinity for silence. */
export function levelDb(samples: Float32Array): number {
  return powerDb(meanPower(samples));
}
