import type { Cohort, CohortStatistics } from '../scoring/as-norm.js';
import { normalizeScore } from '../scoring/as-norm.js';
import type { TrialList } from './trial-list.js';

/** Trials of a list that were scored by cosine. */
export interface CosineTrials {
  /** Positions in the trial list. */
  readonly trials: ArrayLike<number>;
  /** Cosines, in the order of `trials`. */
  readonly scores: ArrayLike<number>;
}

/**
 * The normalised scores of trials (AS-norm), in their order.
 *
 * @param embeddings - By file of the list; undefined only for files that no trial needs.
 * @throws VoiceprintError `scoring/invalid` as `Cohort.statistics`.
 */
export function normalizeTrials(
  list: TrialList,
  { trials, scores }: CosineTrials,
  embeddings: readonly (Float32Array | undefined)[],
  cohort: Cohort,
): Float64Array {
  const statistics = new Map<number, CohortStatistics>();
  const statisticsOf = (file: number): CohortStatistics => {
    const known = statistics.get(file) ?? cohort.statistics(embeddings[file] ?? []);
    statistics.set(file, known);
    return known;
  };
  const normalized = new Float64Array(trials.length);
  for (let i = 0; i < trials.length; i++) {
    const trial = trials[i] ?? 0;
    normalized[i] = normalizeScore(
      scores[i] ?? 0,
      statisticsOf(list.enroll[trial] ?? 0),
      statisticsOf(list.test[trial] ?? 0),
    );
  }
  return normalized;
}
