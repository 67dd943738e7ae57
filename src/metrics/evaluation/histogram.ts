import type { RankedTrials } from '../ranked-trials.js';

/** Scores counted in bins of equal width. */
export interface ScoreHistogram {
  /** Lower end of the first bin: the lowest score. */
  readonly from: number;
  /** Upper end of the last bin: the highest score. */
  readonly to: number;
  /** How many target trials lie in each bin, from the lowest scores up. */
  readonly targets: readonly number[];
  /** How many nontarget trials lie in each bin, from the lowest scores up. */
  readonly nontargets: readonly number[];
}

/** Bins of a {@link scoreHistogram}: fine enough for a shape, coarse enough for hundreds of trials. */
const HISTOGRAM_BINS = 48;

/** Counts the scores of both classes over the range that they span together. */
export function scoreHistogram(trials: RankedTrials, bins = HISTOGRAM_BINS): ScoreHistogram {
  const from = trials.scores[0] ?? 0;
  const to = trials.scores.at(-1) ?? 0;
  const targets = new Array<number>(bins).fill(0);
  const nontargets = new Array<number>(bins).fill(0);
  for (let rank = 0; rank < trials.scores.length; rank++) {
    const share = to > from ? ((trials.scores[rank] ?? 0) - from) / (to - from) : 0;
    const bin = Math.min(bins - 1, Math.floor(share * bins));
    const counts = trials.labels[rank] === 1 ? targets : nontargets;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, to, targets, nontargets };
}
