import { VoiceprintError } from '../errors.js';

/**
 * Makes sure that a front end can take these samples.
 *
 * @throws VoiceprintError `audio/invalid` for anything but finite float32 samples,
 * `audio/too-short` for fewer than `minimum` of them.
 */
export function checkSamples(samples: Float32Array, minimum: number, recipe: string): void {
  if (!(samples instanceof Float32Array)) {
    const kind = Object.prototype.toString.call(samples).slice(8, -1);
    throw new VoiceprintError(
      'audio/invalid',
      `samples are ${kind}; give mono PCM in [-1, 1] as a Float32Array`,
    );
  }
  if (samples.length < minimum) {
    throw new VoiceprintError(
      'audio/too-short',
      `${samples.length} samples; ${recipe} needs at least ${minimum}: record for longer`,
    );
  }
  // A sum is finite only if all its terms are; a million float32 values cannot overflow float64.
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] ?? 0;
  if (!Number.isFinite(sum)) {
    const index = samples.findIndex((sample) => !Number.isFinite(sample));
    throw new VoiceprintError(
      'audio/invalid',
      `sample ${index} is ${samples[index]}; every sample must be a finite number: check the decoder`,
    );
  }
}

/** Takes every band's mean over time off, in place; `data` is `[frames, bands]`. */
export function subtractMean(data: Float32Array, frames: number, bands: number): void {
  for (let band = 0; band < bands; band++) {
    let sum = 0;
    for (let i = band; i < data.length; i += bands) sum += data[i] ?? 0;
    const mean = sum / frames;
    for (let i = band; i < data.length; i += bands) data[i] = (data[i] ?? 0) - mean;
  }
}
