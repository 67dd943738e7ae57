import { VoiceprintError } from '../errors.js';
import type { Model } from '../models/model.js';
import type { Threshold, VerifyOptions } from '../verifier/types.js';
import {
  type Cohort,
  type CohortStatistics,
  createCohort,
  type Normalization,
  normalizationOf,
} from './as-norm.js';
import { applyCalibration } from './calibration.js';

/** The score a decision is made at, and what is known about its errors. */
export interface DecisionPoint {
  /** On cosines; with normalisation each trial has its own, see {@link TrialScale}. */
  readonly threshold: number;
  /** Undefined when the caller chose the score and nothing was measured about it. */
  readonly falseAcceptRate: number | undefined;
}

/** What a score means in one trial. */
export interface TrialScale {
  /** The cosine from which this very trial is accepted. */
  readonly threshold: number;
  /** The score after normalisation; undefined where the model does not normalise. */
  normalizedScore(score: number): number | undefined;
  /**
   * The calibrated natural-log likelihood ratio, or undefined without calibration.
   *
   * @param seconds - Speech on the shorter side of the trial: calibration depends on duration.
   */
  llr(score: number, seconds: number): number | undefined;
}

/** Decides trials of one model at one false-accept rate. */
export interface Judge {
  readonly point: DecisionPoint;
  /**
   * Where impostors score with one side of a trial: the embeddings of a voiceprint, or one of an
   * utterance. Undefined where the model does not normalise.
   */
  statistics(embeddings: Float32Array | readonly Float32Array[]): CohortStatistics | undefined;
  trial(enrolled: CohortStatistics | undefined, test: CohortStatistics | undefined): TrialScale;
}

const COSINES: Normalization = { scale: 1, offset: 0 };

/**
 * Chooses the threshold for a wanted false-accept rate: the measured one with the largest rate
 * that is not above the wanted rate, so that a decision is never laxer than what was asked. Where
 * the model normalises scores, the threshold on normalised scores is turned back into a cosine for
 * each trial: a cosine at or above it is accepted, as without normalisation.
 *
 * @param defaultRate - The rate to use when `options` names neither a rate nor a threshold.
 * @throws VoiceprintError `verifier/invalid` for a rate outside (0, 1) or below what the model's
 *   trials support, or a threshold outside [-1, 1]; `model/unsupported` when the model carries
 *   no thresholds; `scoring/invalid` for a cohort of other embeddings.
 */
export function createJudge(
  model: Model,
  options: Pick<VerifyOptions, 'falseAcceptRate' | 'threshold'>,
  defaultRate: number,
): Judge {
  const { normalization } = model;
  const cohort = cohortOf(model);
  const point = decisionPoint(model, options, defaultRate);
  const rate = options.falseAcceptRate ?? defaultRate;
  const normalized =
    options.threshold === undefined && normalization !== undefined
      ? measuredThreshold(model.name, normalization.thresholds, rate).score
      : undefined;
  const calibration = normalization?.calibration ?? model.calibration;
  return {
    point,
    statistics: (embeddings) => cohort?.statistics(embeddings),
    trial(enrolled, test) {
      const known = enrolled !== undefined && test !== undefined;
      const { scale, offset } = known ? normalizationOf(enrolled, test) : COSINES;
      return {
        threshold: normalized === undefined ? point.threshold : (normalized - offset) / scale,
        normalizedScore: (score) => (known ? scale * score + offset : undefined),
        llr: (score, seconds) =>
          calibration.length === 0
            ? undefined
            : applyCalibration(calibration, scale * score + offset, seconds),
      };
    },
  };
}

const COHORTS = new WeakMap<Model, Cohort>();

/** Made once per model: its embeddings are brought to length 1. */
function cohortOf(model: Model): Cohort | undefined {
  const { normalization } = model;
  if (normalization === undefined) return undefined;
  const cohort =
    COHORTS.get(model) ?? createCohort(normalization.cohort, { top: normalization.top });
  COHORTS.set(model, cohort);
  return cohort;
}

function decisionPoint(
  { name, thresholds, normalization }: Model,
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
  const decisive = measuredThreshold(name, normalization?.thresholds ?? thresholds, wanted);
  // Both are measured on the same trials, so that the same rates are there.
  const cosine = thresholds.find((entry) => entry.falseAcceptRate === decisive.falseAcceptRate);
  return { threshold: cosine?.score ?? 0, falseAcceptRate: decisive.falseAcceptRate };
}

function measuredThreshold(
  name: string,
  thresholds: readonly Threshold[],
  wanted: number,
): Threshold {
  const measured = [...thresholds].sort((a, b) => b.falseAcceptRate - a.falseAcceptRate);
  const strictest = measured.at(-1);
  if (strictest === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `model ${name} carries no thresholds; measure them ("voiceprint calibrate") or pass options.threshold`,
    );
  }
  const chosen = measured.find((entry) => entry.falseAcceptRate <= wanted);
  if (chosen === undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      `falseAcceptRate is ${wanted}, but model ${name} was measured on ${strictest.nontargets} nontarget trials, which support ${strictest.falseAcceptRate} at the least; ask for that or measure on more trials`,
    );
  }
  return chosen;
}
