import { VoiceprintError } from '../errors.js';
import { forEachOperatingPoint, type RankedTrials, type TrialWeights } from './ranked-trials.js';

/** What errors cost, and how often a trial is a target, where a system is used. */
export interface CostModel {
  /** Prior probability of a target trial, above 0 and below 1. */
  readonly targetPrior: number;
  /** Cost of rejecting a target. @defaultValue 1 */
  readonly missCost?: number;
  /** Cost of accepting a nontarget. @defaultValue 1 */
  readonly falseAcceptCost?: number;
}

/** The operating points that this project reports, both costs 1. */
export const REPORTED_PRIORS = [0.01, 0.05] as const;

/**
 * Smallest detection cost over all thresholds, divided by the cost of the better of accepting and
 * rejecting everything (NIST SRE). 0 to 1.
 *
 * @throws VoiceprintError `scoring/invalid` for a prior outside (0, 1) or a cost that is not above 0.
 */
export function minimumDetectionCost(
  trials: RankedTrials,
  model: CostModel,
  weights?: TrialWeights,
): number {
  const { missWeight, falseAcceptWeight } = costWeights(model);
  let least = Number.POSITIVE_INFINITY;
  forEachOperatingPoint(
    trials,
    (_, miss, falseAccept) => {
      const cost = missWeight * miss + falseAcceptWeight * falseAccept;
      if (cost < least) least = cost;
    },
    weights,
  );
  return least;
}

/**
 * Detection cost at the Bayes threshold, for scores that are natural-log likelihood ratios,
 * normalised as {@link minimumDetectionCost}. Above 1 where the calibration does more harm than
 * rejecting everything.
 *
 * @throws VoiceprintError `scoring/invalid` as {@link minimumDetectionCost}.
 */
export function actualDetectionCost(
  llrs: RankedTrials,
  model: CostModel,
  weights?: TrialWeights,
): number {
  const { missWeight, falseAcceptWeight } = costWeights(model);
  const threshold = bayesThreshold(model);
  let cost = 0;
  let found = false;
  forEachOperatingPoint(
    llrs,
    (score, miss, falseAccept) => {
      // The first point at or above the threshold accepts exactly what the threshold accepts.
      if (!found && score >= threshold) {
        cost = missWeight * miss + falseAcceptWeight * falseAccept;
        found = true;
      }
    },
    weights,
  );
  return cost;
}

/**
 * The natural-log likelihood ratio from which accepting costs less than rejecting.
 *
 * @throws VoiceprintError `scoring/invalid` for a prior outside (0, 1) or costs that are not above 0.
 */
export function bayesThreshold(model: CostModel): number {
  const { targetPrior, missCost, falseAcceptCost } = checkCosts(model);
  return Math.log((falseAcceptCost * (1 - targetPrior)) / (missCost * targetPrior));
}

function costWeights(model: CostModel): { missWeight: number; falseAcceptWeight: number } {
  const { targetPrior, missCost, falseAcceptCost } = checkCosts(model);
  const miss = missCost * targetPrior;
  const falseAccept = falseAcceptCost * (1 - targetPrior);
  const trivial = Math.min(miss, falseAccept);
  return { missWeight: miss / trivial, falseAcceptWeight: falseAccept / trivial };
}

function checkCosts(model: CostModel): Required<CostModel> {
  const { targetPrior, missCost = 1, falseAcceptCost = 1 } = model;
  if (!(targetPrior > 0 && targetPrior < 1)) {
    throw new VoiceprintError(
      'scoring/invalid',
      `the target prior is ${targetPrior}; give a probability above 0 and below 1, such as 0.01`,
    );
  }
  for (const cost of [missCost, falseAcceptCost]) {
    if (!(cost > 0 && cost < Number.POSITIVE_INFINITY)) {
      throw new VoiceprintError(
        'scoring/invalid',
        `a cost is ${cost}; give a finite number above 0`,
      );
    }
  }
  return { targetPrior, missCost, falseAcceptCost };
}
