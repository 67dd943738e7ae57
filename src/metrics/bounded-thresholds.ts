import { VoiceprintError } from '../errors.js';
import { bySpeaker, drawSpeakers, seededRandom, type TrialSpeakers } from './bootstrap.js';
import type { RankedTrials } from './ranked-trials.js';
import { supportedFalseAcceptRate } from './thresholds.js';

/** Options of {@link boundedThresholds} and {@link falseAcceptBounds}. */
export interface BoundOptions {
  /** How sure the bound is, above 0 and below 1. @defaultValue 0.95 */
  readonly level?: number;
  /** How often speakers are drawn. @defaultValue 1000 */
  readonly replicates?: number;
  /** Equal seeds give equal bounds. @defaultValue 1 */
  readonly seed?: number;
}

/** Defaults of {@link BoundOptions}. */
export const BOUND_DEFAULTS = {
  level: 0.95,
  replicates: 1000,
  seed: 1,
} as const satisfies Required<BoundOptions>;

/**
 * The lowest thresholds at which one may be sure, at `level`, that other people of the kind are
 * falsely accepted at no higher rate. Trials that share speakers go up and down together, so that
 * the plain rate of a list promises too much: as in `bootstrapIntervals`, as many speakers as there
 * are are drawn with replacement, and the rate holds in that share of the draws.
 *
 * @param rates - False-accept rates, above 0 and below 1.
 * @returns one per rate; Infinity where no threshold among the scores holds the rate.
 * @throws VoiceprintError `scoring/invalid` for a level outside (0, 1), or fewer than two speakers.
 */
export function boundedThresholds(
  trials: RankedTrials,
  speakers: TrialSpeakers,
  rates: readonly number[],
  options: BoundOptions = {},
): readonly number[] {
  const impostors = impostorsOf(trials, speakers);
  const strictFirst = rates.map((_, i) => i).sort((a, b) => (rates[a] ?? 0) - (rates[b] ?? 0));
  // By rate, the rank of the highest score that has to be rejected in each draw.
  const ranks = rates.map((): number[] => []);
  for (const drawn of draws(impostors, options)) {
    const total = weightOf(impostors.pairs, drawn);
    let accepted = 0;
    let next = 0;
    let at = impostors.ranks.length - 1;
    for (; at >= 0 && next < rates.length; at--) {
      accepted += pairWeight(impostors, at, drawn);
      while (accepted > (rates[strictFirst[next] ?? 0] ?? 1) * total && next < rates.length) {
        ranks[strictFirst[next++] ?? 0]?.push(impostors.ranks[at] ?? 0);
      }
    }
    for (; next < rates.length; next++) ranks[strictFirst[next] ?? 0]?.push(-1);
  }
  return ranks.map((ofRate) => aboveRank(trials.scores, upper(ofRate, options)));
}

/**
 * Upper bounds of the false-accept rates at some thresholds, as {@link boundedThresholds} means them.
 * Where nothing was falsely accepted the bound is that of the rule of three.
 *
 * @returns one per threshold, 0 to 1.
 * @throws VoiceprintError `scoring/invalid` as {@link boundedThresholds}.
 */
export function falseAcceptBounds(
  trials: RankedTrials,
  speakers: TrialSpeakers,
  thresholds: readonly number[],
  options: BoundOptions = {},
): readonly number[] {
  const impostors = impostorsOf(trials, speakers);
  const accepted = thresholds.map((threshold) =>
    pairsOf(impostors, (at) => (trials.scores[impostors.ranks[at] ?? 0] ?? 0) >= threshold),
  );
  const shares = thresholds.map((): number[] => []);
  for (const drawn of draws(impostors, options)) {
    const total = weightOf(impostors.pairs, drawn);
    for (const [i, pairs] of accepted.entries()) shares[i]?.push(weightOf(pairs, drawn) / total);
  }
  return accepted.map((pairs, i) =>
    pairs.length === 0
      ? Math.min(1, supportedFalseAcceptRate(trials.nontargets))
      : upper(shares[i] ?? [], options),
  );
}

/** How often trials of two speakers occur. */
interface Pair {
  readonly enroll: number;
  readonly test: number;
  count: number;
}

/** The nontarget trials of a list. */
interface Impostors {
  /** Ascending ranks. */
  readonly ranks: Uint32Array;
  /** Speakers by position in `ranks`. */
  readonly enroll: Uint32Array;
  readonly test: Uint32Array;
  readonly speakers: number;
  readonly pairs: readonly Pair[];
}

function impostorsOf(trials: RankedTrials, speakers: TrialSpeakers): Impostors {
  const { labels, order } = trials;
  const ranks = Uint32Array.from(labels.keys()).filter((rank) => labels[rank] === 0);
  const [enroll, test] = [speakers.enroll, speakers.test].map((ids) => {
    const byRank = bySpeaker(order, ids);
    return ranks.map((rank) => byRank[rank] ?? 0);
  });
  const sides = { enroll: enroll ?? new Uint32Array(), test: test ?? new Uint32Array() };
  const count = [...sides.enroll, ...sides.test].reduce((most, id) => Math.max(most, id), 0) + 1;
  if (count < 2) throw invalid('there is one speaker; bounds over speakers need more');
  const impostors = { ranks, ...sides, speakers: count };
  return { ...impostors, pairs: pairsOf(impostors, () => true) };
}

/** The pairs of speakers of those trials that are chosen by position. */
function pairsOf(
  { enroll, test, speakers }: Omit<Impostors, 'pairs'>,
  chosen: (at: number) => boolean,
): readonly Pair[] {
  const pairs = new Map<number, Pair>();
  for (let at = 0; at < enroll.length; at++) {
    if (!chosen(at)) continue;
    const [a, b] = [enroll[at] ?? 0, test[at] ?? 0];
    const known = pairs.get(a * speakers + b) ?? { enroll: a, test: b, count: 0 };
    known.count++;
    pairs.set(a * speakers + b, known);
  }
  return [...pairs.values()];
}

/** A trial counts as often as both its speakers were drawn, multiplied. */
function pairWeight({ enroll, test }: Impostors, at: number, drawn: Uint32Array): number {
  return (drawn[enroll[at] ?? 0] ?? 0) * (drawn[test[at] ?? 0] ?? 0);
}

function weightOf(pairs: readonly Pair[], drawn: Uint32Array): number {
  let weight = 0;
  for (const { enroll, test, count } of pairs) {
    weight += count * (drawn[enroll] ?? 0) * (drawn[test] ?? 0);
  }
  return weight;
}

/** Draws of speakers in which there are trials; others are drawn again. */
function* draws({ speakers, pairs }: Impostors, options: BoundOptions): Generator<Uint32Array> {
  const { level, replicates, seed } = { ...BOUND_DEFAULTS, ...options };
  if (!(level > 0 && level < 1)) {
    throw invalid(`the confidence level is ${level}; give a number above 0 and below 1`);
  }
  const random = seededRandom(seed);
  const MOST = 1000 * replicates;
  for (let done = 0, attempt = 0; done < replicates && attempt < MOST; attempt++) {
    const drawn = drawSpeakers(speakers, random);
    if (weightOf(pairs, drawn) === 0) continue;
    done++;
    yield drawn;
  }
}

/** The value that a share `level` of the draws does not exceed: one of them, not one in between. */
function upper(values: readonly number[], options: BoundOptions): number {
  const { level } = { ...BOUND_DEFAULTS, ...options };
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(level * (sorted.length - 1))] ?? Number.POSITIVE_INFINITY;
}

/**
 * Halfway between a score and the next higher one, so that a last-bit difference of another backend
 * changes nothing; Infinity above the highest, the lowest score below all.
 */
function aboveRank(scores: Float64Array, rank: number): number {
  const score = scores[rank];
  if (score === undefined) return scores[0] ?? Number.POSITIVE_INFINITY;
  for (let next = rank + 1; next < scores.length; next++) {
    const higher = scores[next] ?? score;
    if (higher > score) return (score + higher) / 2;
  }
  return Number.POSITIVE_INFINITY;
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
