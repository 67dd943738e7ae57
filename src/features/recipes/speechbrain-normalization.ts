import { VoiceprintError } from '../../errors.js';

/**
 * Which frames of a padded utterance a relative length keeps. SpeechBrain has three rules, all in
 * float32, which keep a frame more or less than exact arithmetic would.
 *
 * - `'length-to-mask'`: `arange(L) < lengths * L`, in the encoder's SE and pooling.
 * - `'padding-mask'`: `arange(L) < lengths * L - 1e-6`, in the newer `InputNormalization`.
 * - `'round'`: `round(lengths * L)`, in `InputNormalization` up to SpeechBrain 1.0.
 */
export type LengthRule = 'length-to-mask' | 'padding-mask' | 'round';

/**
 * Number of frames kept out of `frames`.
 *
 * @param length - Relative length, 0 to 1.
 */
export function keptFrames(length: number, frames: number, rule: LengthRule): number {
  const product = Math.fround(Math.fround(length) * frames);
  switch (rule) {
    case 'length-to-mask':
      return Math.min(frames, Math.ceil(product));
    case 'padding-mask':
      return Math.min(frames, Math.ceil(Math.fround(product - Math.fround(1e-6))));
    case 'round':
      return Math.min(frames, roundHalfToEven(product));
  }
}

/** Python's and torch's `round`. */
export function roundHalfToEven(value: number): number {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/** Smallest divisor of `InputNormalization`. */
const SMALLEST_DEVIATION = 1e-10;

/**
 * `InputNormalization(norm_type="sentence")`: every band minus its mean over the kept frames, and
 * with `std` divided by its biased standard deviation over them. Padding is shifted too.
 *
 * @param data - `[frames, bands]`, changed in place.
 * @throws VoiceprintError `audio/too-short` when no frame is kept.
 */
export function normalizeSentence(
  data: Float32Array,
  bands: number,
  kept: number,
  std: boolean,
): void {
  if (kept < 1) {
    throw new VoiceprintError('audio/too-short', 'no frame is kept; give a longer relative length');
  }
  for (let band = 0; band < bands; band++) {
    let sum = 0;
    for (let i = band; i < kept * bands; i += bands) sum += data[i] ?? 0;
    const mean = sum / kept;
    let squares = 0;
    for (let i = band; i < kept * bands; i += bands) squares += ((data[i] ?? 0) - mean) ** 2;
    const deviation = std ? Math.max(Math.sqrt(squares / kept), SMALLEST_DEVIATION) : 1;
    for (let i = band; i < data.length; i += bands) data[i] = ((data[i] ?? 0) - mean) / deviation;
  }
}
