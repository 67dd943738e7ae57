import { forEachOperatingPoint, type RankedTrials, type TrialWeights } from './ranked-trials.js';

/**
 * The rate at which as many targets are rejected as nontargets are accepted, interpolated linearly
 * between the two operating points on either side. Tied scores are one step of both rates: if all
 * scores are equal the rate is 0.5. Not the rate of the convex hull, which is never higher.
 *
 * @returns 0 (perfect separation) to 1 (perfectly wrong).
 */
export function equalErrorRate(trials: RankedTrials, weights?: TrialWeights): number {
  let lastMiss = 0;
  let lastFalseAccept = 1;
  let rate: number | undefined;
  forEachOperatingPoint(
    trials,
    (_, miss, falseAccept) => {
      if (rate === undefined && miss >= falseAccept) {
        const gapBefore = lastFalseAccept - lastMiss;
        const gapAfter = miss - falseAccept;
        const share = gapBefore / (gapBefore + gapAfter);
        rate = lastMiss + share * (miss - lastMiss);
      }
      lastMiss = miss;
      lastFalseAccept = falseAccept;
    },
    weights,
  );
  return rate ?? 1;
}
