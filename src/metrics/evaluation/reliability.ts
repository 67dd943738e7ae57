import type { RankedTrials } from '../ranked-trials.js';

/** Trials of neighbouring log-likelihood ratios: what the model said of them, and what they were. */
export interface ReliabilityBin {
  /** Natural-log odds for the same speaker that the model stated, at even prior odds. */
  readonly stated: number;
  /** Natural-log odds that were observed; null where the bin holds one class only. */
  readonly observed: number | null;
  /** 95 % of `observed`, as if trials were independent; null as `observed`. */
  readonly interval: readonly [number, number] | null;
  /** Trials of one person in this bin. */
  readonly targets: number;
  /** Trials of two people in this bin. */
  readonly nontargets: number;
}

// Of each class in a bin: few, as only where both classes overlap do both get into one bin.
const LEAST_PER_CLASS = 4;
const LEAST_SHARE = 0.01;

/**
 * Compares stated with observed odds, bin by bin, as if target and nontarget trials were equally
 * frequent: each target weighs 1 / targets, each nontarget 1 / nontargets. For calibrated ratios
 * both agree in every bin, however wide it is, because the stated odds of a bin are those of the
 * weighted mean of its posteriors.
 *
 * @param llrs - Ranked natural-log likelihood ratios.
 */
export function reliabilityBins(llrs: RankedTrials): readonly ReliabilityBin[] {
  const { scores, labels, targets, nontargets } = llrs;
  const least = Math.max(LEAST_PER_CLASS, Math.ceil(LEAST_SHARE * Math.min(targets, nontargets)));
  const bins: ReliabilityBin[] = [];
  let gathered = emptyBin();
  for (let rank = 0; rank < scores.length; rank++) {
    const llr = scores[rank] ?? 0;
    const target = labels[rank] === 1;
    const weight = 1 / (target ? targets : nontargets);
    gathered.weight += weight;
    gathered.posterior += weight / (1 + Math.exp(-llr));
    if (target) gathered.targets++;
    else gathered.nontargets++;
    const enough = gathered.targets >= least && gathered.nontargets >= least;
    if (rank + 1 === scores.length || (enough && scores[rank + 1] !== llr)) {
      bins.push(finish(gathered, targets, nontargets));
      gathered = emptyBin();
    }
  }
  return bins;
}

interface Gathered {
  weight: number;
  posterior: number;
  targets: number;
  nontargets: number;
}

function emptyBin(): Gathered {
  return { weight: 0, posterior: 0, targets: 0, nontargets: 0 };
}

function finish(bin: Gathered, targets: number, nontargets: number): ReliabilityBin {
  const share = Math.min(1 - 1e-12, Math.max(1e-12, bin.posterior / bin.weight));
  const counts = { targets: bin.targets, nontargets: bin.nontargets };
  const stated = Math.log(share / (1 - share));
  if (bin.targets === 0 || bin.nontargets === 0) {
    return { stated, observed: null, interval: null, ...counts };
  }
  const observed = Math.log(bin.targets / targets) - Math.log(bin.nontargets / nontargets);
  const half = 1.96 * Math.sqrt(1 / bin.targets + 1 / bin.nontargets);
  return { stated, observed, interval: [observed - half, observed + half], ...counts };
}
