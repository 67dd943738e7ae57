import type { Verifier } from 'voiceprint-web';

/** The measured thresholds that decide: on normalised scores where the model normalises. */
export function decidingThresholds(
  model: Verifier['model'] | undefined,
): Verifier['model']['thresholds'] {
  return model?.normalization?.thresholds ?? model?.thresholds ?? [];
}
