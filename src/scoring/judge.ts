import { VoiceprintError } from '../errors.js';
import type { Threshold } from '../models/thresholds.js';
import { type Among, among, STRANGER_PRIOR } from './among.js';
import { type Cohort, type CohortStatistics, createCohort, normalizeScore } from './as-norm.js';
import { type Calibration, calibrationAt } from './calibration.js';
import { dot, meanOfUnits } from './cosine.js';
import { chooseThreshold, scoreAtRate, UNCALIBRATED_SCALE } from './decision-threshold.js';
import type { Trial, Voice } from './trial.js';

/** What a judge needs to know of a model. */
export interface JudgedModel {
  /** How messages call it. */
  readonly name: string;
  /** On the scores that decide; empty where nothing was measured. */
  readonly thresholds: readonly Pick<Threshold, 'falseAcceptRate' | 'score'>[];
  /** Of the scores that decide; empty where it is not known. */
  readonly calibration: Calibration;
  /** Impostors that scores are normalised with; without them the score is the cosine. */
  readonly normalization?:
    | {
        /** How many of the nearest impostors count. */
        readonly top: number;
        /** One embedding per cohort speaker. */
        readonly cohort: readonly Float32Array[] | Cohort;
      }
    | undefined;
}

/** Where decisions are made. */
export interface DecisionOptions {
  /** The share of impostors that may be accepted, 0 to 1. */
  readonly falseAcceptRate: number;
  /** Decides at this score instead, of which no rate is known. */
  readonly threshold?: number | undefined;
  /**
   * How probable it is, before anything is heard, that somebody speaks who is none of several people,
   * above 0 and below 1. @defaultValue {@link STRANGER_PRIOR}
   */
  readonly strangerPrior?: number | undefined;
}

/** Decides all trials of one model at one false-accept rate. */
export interface Judge {
  /** The score from which two voices are taken for one person's. */
  readonly threshold: number;
  /** The measured rate of {@link threshold}; undefined where the caller chose the threshold. */
  readonly falseAcceptRate: number | undefined;
  /**
   * Compares two voices. The order does not matter. What is known of a voice by itself is
   * remembered as long as its object lives.
   *
   * @throws VoiceprintError `scoring/invalid` for embeddings of different sizes, none, or ones that
   *   are zero or not finite.
   */
  trial(a: Voice, b: Voice): Trial;
  /** A trial whose scores are known, such as those of a stream that were smoothed. */
  known(scores: Pick<Trial, 'cosine' | 'score' | 'seconds'>): Trial;
  /**
   * Decides among several people, of whom it may be none: see {@link Among}.
   *
   * @param trials - Of one utterance with each of them.
   */
  among(trials: readonly Trial[]): Among;
  /**
   * How many nats of the likelihood ratio a score that is higher by 1 is worth; what encoders
   * usually have where the model is not calibrated.
   *
   * @param seconds - Of speech on the shorter side.
   */
  natsPerScore(seconds: number): number;
}

interface Known {
  /** Mean of the embeddings at length 1. */
  readonly direction: Float32Array;
  readonly statistics: CohortStatistics | undefined;
}

/**
 * The judge of a model's trials: the only way in which anything here is accepted or rejected.
 *
 * The threshold is the measured one with the largest false-accept rate that is not above the wanted
 * rate, so that a decision is never laxer than what was asked.
 *
 * Several utterances of one person are compared by their mean cosine, whose impostors are normalised
 * as such. A cosine with their average would rise with their number, for impostors too: at a
 * threshold that was measured on single utterances, three enrolled ones double the false accepts.
 *
 * @throws VoiceprintError `verifier/invalid` for a rate outside (0, 1) or below those that the model
 *   was measured at, a threshold that is not finite, or a prior outside (0, 1); `model/unsupported` when the model carries
 *   no thresholds and none is given; `scoring/invalid` for a cohort of other embeddings.
 */
export function judge(model: JudgedModel, options: DecisionOptions): Judge {
  const { threshold, falseAcceptRate } = chooseThreshold(model, options);
  const { strangerPrior = STRANGER_PRIOR } = options;
  if (!(strangerPrior > 0 && strangerPrior < 1)) {
    throw new VoiceprintError(
      'verifier/invalid',
      `strangerPrior is ${strangerPrior}; give a probability above 0 and below 1`,
    );
  }
  const { normalization, calibration } = model;
  const cohort = normalization && cohortOf(normalization);
  const voices = new WeakMap<Voice, Known>();
  const knownOf = (voice: Voice): Known => {
    const before = voices.get(voice);
    if (before !== undefined) return before;
    const known = {
      direction: meanOfUnits(voice.embeddings),
      statistics: cohort?.statistics(voice.embeddings),
    };
    voices.set(voice, known);
    return known;
  };
  const known: Judge['known'] = ({ cosine, score, seconds }) => ({
    cosine,
    score,
    threshold,
    llr: llrOf(calibration, score, seconds),
    accepted: score >= threshold,
    seconds,
  });
  return {
    threshold,
    falseAcceptRate,
    known,
    trial(a, b) {
      const [one, other] = [knownOf(a), knownOf(b)];
      // Rounding may leave the range by an ulp.
      const cosine = Math.min(1, Math.max(-1, dot(one.direction, other.direction)));
      const score =
        one.statistics === undefined || other.statistics === undefined
          ? cosine
          : normalizeScore(cosine, one.statistics, other.statistics);
      return known({ cosine, score, seconds: Math.min(a.seconds, b.seconds) });
    },
    among(trials) {
      const needed =
        falseAcceptRate === undefined || trials.length < 2
          ? undefined
          : scoreAtRate(model, falseAcceptRate / trials.length);
      return among(trials, { calibration, needed, strangerPrior });
    },
    natsPerScore: (seconds) =>
      calibration.length === 0 ? UNCALIBRATED_SCALE : calibrationAt(calibration, seconds).scale,
  };
}

function llrOf(calibration: Calibration, score: number, seconds: number): number | undefined {
  if (calibration.length === 0) return undefined;
  const { scale, offset } = calibrationAt(calibration, seconds);
  return scale * score + offset;
}

const COHORTS = new WeakMap<object, Cohort>();

/** The cohort of a model, made once: its embeddings are brought to length 1. */
export function cohortOf({ cohort, top }: NonNullable<JudgedModel['normalization']>): Cohort {
  if ('statistics' in cohort) return cohort;
  const made = COHORTS.get(cohort) ?? createCohort(cohort, { top });
  COHORTS.set(cohort, made);
  return made;
}

/**
 * Refuses a false-accept rate that a model does not support, before anything is decided by it.
 * Models without thresholds pass: their callers give a threshold with each decision.
 *
 * @throws VoiceprintError `verifier/invalid` naming the rates that there are.
 */
export function refuseRate(model: JudgedModel, falseAcceptRate: number): void {
  if (model.thresholds.length > 0) chooseThreshold(model, { falseAcceptRate });
}
