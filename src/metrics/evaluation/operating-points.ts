import { type CostModel, minimumDetectionCost } from '../detection-cost.js';
import { forEachOperatingPoint, type RankedTrials } from '../ranked-trials.js';

/** What a threshold does: trials are accepted when their score is at least `threshold`. */
export interface OperatingPoint {
  /** Score from which a trial is accepted. */
  readonly threshold: number;
  /** Share of nontargets accepted, 0 to 1. */
  readonly falseAcceptRate: number;
  /** Share of targets rejected, 0 to 1. */
  readonly missRate: number;
}

/** Where the smallest detection cost lies. */
export interface CostPoint extends OperatingPoint {
  /** Prior probability of a target, 0 to 1. */
  readonly targetPrior: number;
  /** Normalised, 0 to 1. */
  readonly cost: number;
}

/** The first threshold at which at least as large a share is missed as falsely accepted. */
export function equalErrorPoint(trials: RankedTrials): OperatingPoint {
  let found: OperatingPoint | undefined;
  forEachOperatingPoint(trials, (threshold, missRate, falseAcceptRate) => {
    if (found === undefined && missRate >= falseAcceptRate && Number.isFinite(threshold)) {
      found = { threshold, falseAcceptRate, missRate };
    }
  });
  // Only scores that are perfectly wrong get here; the highest of them is as good as any.
  return found ?? pointAt(trials, trials.scores.at(-1) ?? 0);
}

/** The operating point with the smallest detection cost, both costs 1. */
export function cheapestPoint(trials: RankedTrials, model: CostModel): CostPoint {
  const cost = minimumDetectionCost(trials, model);
  const { targetPrior } = model;
  let best: OperatingPoint | undefined;
  let least = Number.POSITIVE_INFINITY;
  forEachOperatingPoint(trials, (threshold, missRate, falseAcceptRate) => {
    const raw = targetPrior * missRate + (1 - targetPrior) * falseAcceptRate;
    if (raw >= least) return;
    least = raw;
    best = { threshold: Math.min(threshold, Number.MAX_VALUE), falseAcceptRate, missRate };
  });
  return { targetPrior, cost, ...(best ?? pointAt(trials, Number.MAX_VALUE)) };
}

/** What a given threshold does. */
function pointAt(trials: RankedTrials, threshold: number): OperatingPoint {
  const { missed, accepted } = errorsAt(trials, threshold);
  return {
    threshold,
    falseAcceptRate: accepted / trials.nontargets,
    missRate: missed / trials.targets,
  };
}

/** Errors at a threshold, as counts. */
export function errorsAt(
  trials: RankedTrials,
  threshold: number,
): { readonly missed: number; readonly accepted: number } {
  const first = firstAccepted(trials, threshold);
  let missed = 0;
  for (let rank = 0; rank < first; rank++) missed += trials.labels[rank] ?? 0;
  const acceptedTargets = trials.targets - missed;
  return { missed, accepted: trials.scores.length - first - acceptedTargets };
}

/** The lowest rank that a threshold accepts; the number of trials where it accepts none. */
export function firstAccepted({ scores }: RankedTrials, threshold: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((scores[middle] ?? 0) >= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}
