import { VoiceprintError } from '../errors.js';
import type { Threshold } from '../models/thresholds.js';
import type { Calibration } from './calibration.js';

type MeasuredRate = Pick<Threshold, 'falseAcceptRate' | 'score'>;

interface MeasuredModel {
  readonly name: string;
  readonly thresholds: readonly MeasuredRate[];
  readonly calibration: Calibration;
}

/** Nats that a whole unit of a cosine is worth, where no calibration says so: what encoders have. */
export const UNCALIBRATED_SCALE = 20;

/**
 * The threshold that decides, and its measured rate.
 *
 * @throws VoiceprintError as `judge`.
 */
export function chooseThreshold(
  { name, thresholds }: Omit<MeasuredModel, 'calibration'>,
  options: { readonly falseAcceptRate: number; readonly threshold?: number | undefined },
): { readonly threshold: number; readonly falseAcceptRate: number | undefined } {
  const { threshold, falseAcceptRate: wanted } = options;
  if (threshold !== undefined) {
    if (Number.isFinite(threshold)) return { threshold, falseAcceptRate: undefined };
    throw invalid(`threshold is ${threshold}; give a finite score`);
  }
  if (!(wanted > 0 && wanted < 1)) {
    throw invalid(`falseAcceptRate is ${wanted}; give a share between 0 and 1, such as 0.01`);
  }
  const measured = sorted(thresholds);
  if (measured.length === 0) {
    throw new VoiceprintError(
      'model/unsupported',
      `model ${name} carries no thresholds; measure them ("voiceprint calibrate") or pass options.threshold`,
    );
  }
  const chosen = measured.find((entry) => entry.falseAcceptRate <= wanted);
  if (chosen !== undefined) {
    return { threshold: chosen.score, falseAcceptRate: chosen.falseAcceptRate };
  }
  const rates = measured.map((entry) => entry.falseAcceptRate).join(', ');
  throw invalid(
    `falseAcceptRate is ${wanted}, but model ${name} was measured at ${rates}; ask for one of these, or measure it on more people ("voiceprint calibrate")`,
  );
}

/**
 * The score of a false-accept rate that was not measured itself. Between measured rates it lies on a
 * line over the logarithm of the rate. Beyond the strictest the line goes on, as steeply as the last
 * two rates say and no less than a calibrated likelihood ratio allows: tails of impostors' scores
 * fall faster than that, so that the score is rather too high than too low.
 *
 * @param rate - Below the laxest measured one.
 */
export function scoreAtRate(model: MeasuredModel, rate: number): number {
  const measured = sorted(model.thresholds);
  const stricter = measured.findIndex(({ falseAcceptRate }) => falseAcceptRate <= rate);
  const next = measured[stricter];
  const before = measured[stricter - 1];
  if (next !== undefined && before === undefined) return next.score;
  if (next !== undefined && before !== undefined) {
    return next.score - slope(before, next) * Math.log(rate / next.falseAcceptRate);
  }
  const [last, secondLast] = [measured.at(-1), measured.at(-2)];
  if (last === undefined) return Number.POSITIVE_INFINITY;
  const least = 1 / (model.calibration.at(-1)?.scale ?? UNCALIBRATED_SCALE);
  const steep = secondLast === undefined ? least : Math.max(least, slope(secondLast, last));
  return last.score + steep * Math.log(last.falseAcceptRate / rate);
}

/** By how much the score rises per natural logarithm of the rate. */
function slope(laxer: MeasuredRate, stricter: MeasuredRate): number {
  const decades = Math.log(laxer.falseAcceptRate / stricter.falseAcceptRate);
  return (stricter.score - laxer.score) / decades;
}

function sorted(thresholds: readonly MeasuredRate[]): readonly MeasuredRate[] {
  return [...thresholds].sort((a, b) => b.falseAcceptRate - a.falseAcceptRate);
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('verifier/invalid', message);
}
