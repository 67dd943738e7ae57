import type { RankedTrials } from '../ranked-trials.js';
import type { TrialList } from '../trial-list.js';
import type { ScoredTrials } from './scored-trials.js';

/** One trial, by name. */
export interface NamedTrial {
  /** File of the enrolled side. */
  readonly enroll: string;
  /** File of the tested side. */
  readonly test: string;
  /** Of the trial, on the scale of the list. */
  readonly score: number;
  /** Audio of the shorter side. */
  readonly seconds: number;
}

/** The trials that went most wrong, the worst first. */
export interface WorstTrials {
  /** Different speakers that scored highest. */
  readonly nontargets: readonly NamedTrial[];
  /** The same speaker scored lowest. */
  readonly targets: readonly NamedTrial[];
}

/** Trials per class in {@link worstTrials}. */
const WORST_TRIALS = 20;

/** Picks the highest nontargets and the lowest targets. */
export function worstTrials(
  list: TrialList,
  scored: ScoredTrials,
  ranked: RankedTrials,
  count = WORST_TRIALS,
): WorstTrials {
  const named = (rank: number): NamedTrial => {
    const at = ranked.order[rank] ?? 0;
    const trial = scored.trials[at] ?? 0;
    return {
      enroll: list.files[list.enroll[trial] ?? 0] ?? '',
      test: list.files[list.test[trial] ?? 0] ?? '',
      score: ranked.scores[rank] ?? 0,
      seconds: scored.seconds[at] ?? 0,
    };
  };
  const targets: NamedTrial[] = [];
  for (let rank = 0; rank < ranked.scores.length && targets.length < count; rank++) {
    if (ranked.labels[rank] === 1) targets.push(named(rank));
  }
  const nontargets: NamedTrial[] = [];
  for (let rank = ranked.scores.length - 1; rank >= 0 && nontargets.length < count; rank--) {
    if (ranked.labels[rank] === 0) nontargets.push(named(rank));
  }
  return { nontargets, targets };
}
