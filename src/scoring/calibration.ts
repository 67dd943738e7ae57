import { VoiceprintError } from '../errors.js';

/** How scores of one range of durations become log-likelihood ratios. */
export interface CalibrationEntry {
  /** Longest duration in seconds, of the shorter side, that this holds for; null for no limit. */
  readonly maximumSeconds: number | null;
  /** Above 0. */
  readonly scale: number;
  /** Natural-log likelihood ratio at a score of 0. */
  readonly offset: number;
}

/** From the shortest durations to the longest: the natural-log LLR is `scale * score + offset`. */
export type Calibration = readonly CalibrationEntry[];

/**
 * The calibrated log-likelihood ratio of a score: above 0 it speaks for the same speaker.
 *
 * @param score - Cosine, or a normalised score if the calibration was fitted on those.
 * @param seconds - Speech on the shorter side of the trial.
 * @returns natural logarithm; durations beyond the last entry take the last entry.
 * @throws VoiceprintError `scoring/invalid` for a score that is not finite, negative or NaN
 *   seconds, or an empty calibration.
 */
export function applyCalibration(calibration: Calibration, score: number, seconds: number): number {
  if (!Number.isFinite(score)) {
    throw invalid(`the score is ${score}; only finite scores can be calibrated`);
  }
  const { scale, offset } = calibrationAt(calibration, seconds);
  return scale * score + offset;
}

/**
 * The entry that holds for a duration.
 *
 * @throws VoiceprintError `scoring/invalid` for negative or NaN seconds, or an empty calibration.
 */
export function calibrationAt(calibration: Calibration, seconds: number): CalibrationEntry {
  if (!(seconds >= 0)) {
    throw invalid(`the duration is ${seconds} s; give the seconds of speech of the shorter side`);
  }
  const entry =
    calibration.find(
      ({ maximumSeconds }) => maximumSeconds === null || seconds <= maximumSeconds,
    ) ?? calibration.at(-1);
  if (entry === undefined) {
    throw invalid('the model carries no calibration; fit one on trials of your own users');
  }
  return entry;
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
