import type { ScoredTrials } from './scored-trials.js';

/** Errors among trials of similar duration. */
export interface DurationErrors {
  /** Seconds of audio of the shorter side that the trials have more of; 0 for the first range. */
  readonly from: number;
  /** Seconds of audio of the shorter side that the trials have at most; null for no limit. */
  readonly to: number | null;
  /** Trials of one person. */
  readonly targets: number;
  /** How many targets were rejected. */
  readonly missed: number;
  /** Trials of two people. */
  readonly nontargets: number;
  /** How many nontargets were accepted. */
  readonly accepted: number;
}

const EDGES = [1, 2, 3, 5, 8, 15] as const;

/** Splits trials by the seconds of their shorter side; ranges without trials are left out. */
export function durationErrors(
  { scores, labels, seconds }: ScoredTrials,
  threshold: number,
): readonly DurationErrors[] {
  const tallies = [...EDGES, null].map((to, i) => ({
    from: EDGES[i - 1] ?? 0,
    to,
    targets: 0,
    missed: 0,
    nontargets: 0,
    accepted: 0,
  }));
  for (let i = 0; i < scores.length; i++) {
    const length = seconds[i] ?? 0;
    const tally = tallies.find(({ to }) => to === null || length <= to);
    if (tally === undefined) continue;
    const above = (scores[i] ?? 0) >= threshold;
    if (labels[i] === 1) {
      tally.targets++;
      if (!above) tally.missed++;
    } else {
      tally.nontargets++;
      if (above) tally.accepted++;
    }
  }
  return tallies.filter(({ targets, nontargets }) => targets + nontargets > 0);
}
