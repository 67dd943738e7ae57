import { VoiceprintError } from '../errors.js';
import { applyCalibration } from '../scoring/calibration.js';
import type { EngineModel } from './engine-types.js';
import type { VerifyOptions } from './types.js';

/** The score a decision is made at, and what is known about its errors. */
export interface DecisionPoint {
  readonly threshold: number;
  /** Undefined when the caller chose the score and nothing was measured about it. */
  readonly falseAcceptRate: number | undefined;
}

/**
 * Chooses the threshold for a wanted false-accept rate: the measured one with the largest rate
 * that is not above the wanted rate, so that a decision is never laxer than what was asked.
 *
 * @param defaultRate - The rate to use when `options` names neither a rate nor a threshold.
 * @throws VoiceprintError `verifier/invalid` for a rate outside (0, 1) or below what the model's
 *   trials support, or a threshold outside [-1, 1]; `model/unsupported` when the model carries
 *   no thresholds.
 */
export function decisionPoint(
  manifest: EngineModel,
  options: Pick<VerifyOptions, 'falseAcceptRate' | 'threshold'>,
  defaultRate: number,
): DecisionPoint {
  if (options.threshold !== undefined) {
    if (!(options.threshold >= -1 && options.threshold <= 1)) {
      throw new VoiceprintError(
        'verifier/invalid',
        `threshold is ${options.threshold}; a cosine threshold lies between -1 and 1`,
      );
    }
    return { threshold: options.threshold, falseAcceptRate: undefined };
  }
  const wanted = options.falseAcceptRate ?? defaultRate;
  if (!(wanted > 0 && wanted < 1)) {
    throw new VoiceprintError(
      'verifier/invalid',
      `falseAcceptRate is ${wanted}; give a share between 0 and 1, such as 0.01`,
    );
  }
  const measured = [...manifest.thresholds].sort((a, b) => b.falseAcceptRate - a.falseAcceptRate);
  const strictest = measured.at(-1);
  if (strictest === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `model ${manifest.name} carries no thresholds; measure them (scripts/calibrate-model) or pass options.threshold`,
    );
  }
  const chosen = measured.find((entry) => entry.falseAcceptRate <= wanted);
  if (chosen === undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      `falseAcceptRate is ${wanted}, but model ${manifest.name} was measured on ${strictest.nontargets} nontarget trials, which support ${strictest.falseAcceptRate} at the least; ask for that or measure on more trials`,
    );
  }
  return { threshold: chosen.score, falseAcceptRate: chosen.falseAcceptRate };
}

/**
 * The calibrated natural-log likelihood ratio of a score, or undefined without calibration.
 *
 * @param seconds - Speech on the shorter side of the trial: calibration depends on duration.
 */
export function likelihoodRatio(
  manifest: EngineModel,
  score: number,
  seconds: number,
): number | undefined {
  if (manifest.calibration.length === 0) return undefined;
  return applyCalibration(manifest.calibration, score, seconds);
}
