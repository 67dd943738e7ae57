import type { TrialSpeakers } from '../../metrics/bootstrap.js';
import { boundedThresholds, falseAcceptBounds } from '../../metrics/bounded-thresholds.js';
import { type RankedTrials, rankTrials } from '../../metrics/ranked-trials.js';
import { supportedFalseAcceptRate } from '../../metrics/thresholds.js';
import { LEAST_SPEAKERS, type ListErrors, type Threshold } from '../../models/thresholds.js';
import type { Cohort } from '../../scoring/as-norm.js';
import { errorsAt } from './errors-at.js';
import { type EmbeddedList, type LabelledScores, spokenScoresAt } from './score-list.js';

/** Rates that thresholds are offered for, as far as the lists support them. */
export const FALSE_ACCEPT_RATES = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001] as const;

/** With fewer trials of either class a length of a list is not reported. */
const LEAST_TRIALS = 30;

/** The trials of one list at one length. */
interface Cell {
  readonly list: string;
  readonly seconds: number | null;
  readonly scores: LabelledScores;
  readonly ranked: RankedTrials;
  readonly speakers: TrialSpeakers;
  /** How many people speak. */
  readonly people: number;
}

/**
 * The thresholds of a model: one score per rate, the highest that any list needs, at any length from
 * `minimumSeconds` on that half of the list reaches, for the upper bound of its false-accept rate over speakers to stay below the
 * rate. Pooled trials would let a large easy list hide what happens on a small hard one.
 *
 * A list bounds a rate only if it is big enough: {@link LEAST_SPEAKERS} people, nontarget trials by
 * the rule of three, and pairs of people enough that one pair who sound alike stays below the rate.
 * The other lists tell what a threshold does to them. No rate is offered that no list bounds.
 */
export function measureThresholds(
  lists: readonly EmbeddedList[],
  cohort: Cohort | undefined,
  minimumSeconds: number,
): readonly Threshold[] {
  const cells = lists.flatMap((list) => cellsOf(list, cohort));
  const bounding = cells
    .filter((cell) => isBounding(cell, cells, minimumSeconds))
    .map((cell) => ({ cell, needed: neededScores(cell) }));
  const chosen: Omit<Threshold, 'lists'>[] = [];
  for (const falseAcceptRate of FALSE_ACCEPT_RATES) {
    const needed = bounding.flatMap(({ cell, needed }) => {
      const score = needed.get(falseAcceptRate);
      return score === undefined ? [] : [{ score, list: cell.list, seconds: cell.seconds }];
    });
    if (needed.length === 0) break;
    const { score, list, seconds } = needed.reduce((a, b) => (b.score > a.score ? b : a));
    if (!Number.isFinite(score)) break;
    // A list that is too small for a rate still counts with what it needs for the laxer one.
    const least = chosen.at(-1)?.score ?? Number.NEGATIVE_INFINITY;
    chosen.push({
      falseAcceptRate,
      score: Math.max(least, roundedUp(score)),
      list,
      seconds,
    });
  }
  const errors = errorsOf(cells, chosen);
  return chosen.map((threshold, i) => ({ ...threshold, lists: errors[i] ?? [] }));
}

function cellsOf(list: EmbeddedList, cohort: Cohort | undefined): readonly Cell[] {
  return list.lengths.flatMap((seconds) => {
    const { scores, speakers } = spokenScoresAt(list, seconds, cohort);
    const targets = scores.labels.filter((label) => label === 1).length;
    if (Math.min(targets, scores.labels.length - targets) < LEAST_TRIALS) return [];
    const people = new Set([...Array.from(speakers.enroll), ...Array.from(speakers.test)]).size;
    const ranked = rankTrials(scores.scores, scores.labels);
    return [{ list: list.name, seconds, scores, ranked, speakers, people }];
  });
}

/** A length that few recordings of a list reach tells of other people than the list does. */
function isBounding(
  { list, seconds, ranked }: Cell,
  cells: readonly Cell[],
  minimumSeconds: number,
): boolean {
  if (seconds !== null && seconds < minimumSeconds) return false;
  const most = cells
    .filter((cell) => cell.list === list)
    .reduce((count, cell) => Math.max(count, cell.ranked.nontargets), 0);
  return ranked.nontargets >= most / 2;
}

function neededScores({ ranked, speakers, people }: Cell): ReadonlyMap<number, number> {
  const least = supportedRate(people, ranked.nontargets);
  const rates = FALSE_ACCEPT_RATES.filter((rate) => rate >= least);
  if (rates.length === 0) return new Map();
  const scores = boundedThresholds(ranked, speakers, rates);
  return new Map(rates.map((rate, i) => [rate, scores[i] ?? Number.POSITIVE_INFINITY]));
}

/**
 * The lowest false-accept rate that a list can bound; above 1 where it can bound none.
 *
 * @param people - How many speak in it.
 */
function supportedRate(people: number, nontargets: number): number {
  if (people < LEAST_SPEAKERS) return Number.POSITIVE_INFINITY;
  const pairs = (people * (people - 1)) / 2;
  return Math.max(supportedFalseAcceptRate(nontargets), 1 / pairs);
}

/** By threshold, what it does on every list. */
function errorsOf(
  cells: readonly Cell[],
  thresholds: readonly Pick<Threshold, 'score'>[],
): readonly (readonly ListErrors[])[] {
  const scores = thresholds.map(({ score }) => score);
  const measured = cells.map((cell) => ({
    cell,
    bounds: falseAcceptBounds(cell.ranked, cell.speakers, scores),
  }));
  const names = [...new Set(cells.map(({ list }) => list))];
  return scores.map((score, i) =>
    names.map((list) => {
      const own = measured.filter(({ cell }) => cell.list === list);
      return {
        list,
        speakers: Math.max(...own.map(({ cell }) => cell.people)),
        lengths: own.map(({ cell, bounds }) => {
          const { falseAcceptRate, falseRejectRate } = errorsAt(cell.scores, score);
          return {
            seconds: cell.seconds,
            targets: cell.ranked.targets,
            nontargets: cell.ranked.nontargets,
            falseAcceptRate: rounded(falseAcceptRate),
            falseAcceptBound: rounded(bounds[i] ?? 1),
            falseRejectRate: rounded(falseRejectRate),
          };
        }),
      };
    }),
  );
}

/** Digits enough for any score, few enough to read. */
export function rounded(value: number): number {
  return Number(value.toFixed(5));
}

function roundedUp(value: number): number {
  return Number((Math.ceil(value * 1e5) / 1e5).toFixed(5));
}
