import { VoiceprintError } from '../errors.js';
import { forEachOperatingPoint, type RankedTrials } from './ranked-trials.js';

/** A score from which trials are accepted, and what was measured there. */
export interface MeasuredThreshold {
  /** The rate that was asked for; the measured one is `falseAccepts / nontargets`, not above it. */
  readonly falseAcceptRate: number;
  /** From which a trial is accepted. */
  readonly score: number;
  /** Share of targets rejected, 0 to 1. */
  readonly falseRejectRate: number;
  /** How many nontargets score at least {@link MeasuredThreshold.score}. */
  readonly falseAccepts: number;
  /** Trials of one person. */
  readonly targets: number;
  /** Trials of two people. */
  readonly nontargets: number;
}

/**
 * The lowest false-accept rate that a number of nontarget trials can support: 3 / n, by the rule
 * of three. Had none of n independent trials been accepted, a true rate of 3 / n would still be
 * within a 95 % confidence interval, so nothing below it can be claimed. Trials that share
 * speakers are not independent and support less: see `bootstrapIntervals`.
 */
export function supportedFalseAcceptRate(nontargets: number): number {
  return 3 / nontargets;
}

/**
 * The lowest threshold at which at most a share `falseAcceptRate` of the nontargets is accepted. It
 * lies halfway between the last rejected score and the next one, so that a last-bit difference of
 * another backend does not change the count.
 *
 * @throws VoiceprintError `scoring/invalid` for a rate outside (0, 1), one that the trials do not
 *   support ({@link supportedFalseAcceptRate}), or one that tied scores at the top keep out of reach.
 */
export function thresholdAtFalseAcceptRate(
  trials: RankedTrials,
  falseAcceptRate: number,
): MeasuredThreshold {
  const { targets, nontargets, scores } = trials;
  if (!(falseAcceptRate > 0 && falseAcceptRate < 1)) {
    throw invalid(`the false-accept rate is ${falseAcceptRate}; give a share between 0 and 1`);
  }
  const supported = supportedFalseAcceptRate(nontargets);
  if (falseAcceptRate < supported) {
    throw invalid(
      `a false-accept rate of ${falseAcceptRate} cannot be claimed from ${nontargets} nontarget trials, which support ${supported.toPrecision(2)} at the least (rule of three); use ${Math.ceil(3 / falseAcceptRate)} nontarget trials or ask for a higher rate`,
    );
  }
  let found: MeasuredThreshold | undefined;
  let below = scores[0] ?? 0;
  forEachOperatingPoint(trials, (threshold, miss, falseAccept) => {
    if (found === undefined && falseAccept <= falseAcceptRate) {
      found = {
        falseAcceptRate,
        score: (below + threshold) / 2,
        falseRejectRate: miss,
        falseAccepts: Math.round(falseAccept * nontargets),
        targets,
        nontargets,
      };
    }
    below = threshold;
  });
  if (found === undefined || !Number.isFinite(found.score)) {
    throw invalid(
      `more than a share of ${falseAcceptRate} of the nontargets ties at the highest score ${scores.at(-1)}; no threshold separates them`,
    );
  }
  return found;
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
