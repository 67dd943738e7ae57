import { VoiceprintError } from '../errors.js';
import { type RankedTrials, type TrialWeights, totalWeights } from './ranked-trials.js';

/** Who speaks on either side of each trial, as small integers, in the order of the trials given. */
export interface TrialSpeakers {
  /** Index of the enrolled side's speaker, by trial. */
  readonly enroll: ArrayLike<number>;
  /** Index of the tested side's speaker, by trial. */
  readonly test: ArrayLike<number>;
}

/** A confidence interval: lower and upper end. */
export type Interval = readonly [number, number];

/** Options of {@link bootstrapIntervals}; the defaults are {@link BOOTSTRAP_DEFAULTS}. */
export interface BootstrapOptions {
  /** @defaultValue 1000, fewer above two million trials */
  readonly replicates?: number;
  /** Equal seeds give equal intervals. @defaultValue 1 */
  readonly seed?: number;
  /** Coverage of the interval, above 0 and below 1. @defaultValue 0.95 */
  readonly level?: number;
}

/** Defaults of {@link bootstrapIntervals}. */
export const BOOTSTRAP_DEFAULTS = {
  replicates: 1000,
  seed: 1,
  level: 0.95,
} as const satisfies Required<BootstrapOptions>;

const MAXIMUM_TRIALS_IN_ALL = 2e9;

/**
 * Confidence intervals by resampling speakers, not trials: trials that share a speaker go up and
 * down together, and treating them as independent gives intervals several times too narrow. Each
 * replicate draws as many speakers as there are, with replacement. A nontarget trial counts as
 * often as both its speakers were drawn, multiplied; a target trial as often as its speaker was.
 * Percentile intervals. With fewer than some twenty speakers they are still too narrow.
 *
 * @param metrics - Each is called once per replicate with the weights of the trials by rank.
 * @returns per metric, the interval; replicates without targets or nontargets are drawn again.
 * @throws VoiceprintError `scoring/invalid` for speakers that do not match the trials, or a level
 *   outside (0, 1).
 */
export function bootstrapIntervals<Name extends string>(
  trials: RankedTrials,
  speakers: TrialSpeakers,
  metrics: Readonly<Record<Name, (trials: RankedTrials, weights: TrialWeights) => number>>,
  options: BootstrapOptions = {},
): Record<Name, Interval> {
  const { seed, level, replicates } = { ...BOOTSTRAP_DEFAULTS, ...options };
  const count = trials.scores.length;
  if (!(level > 0 && level < 1)) {
    throw invalid(`the confidence level is ${level}; give a number above 0 and below 1`);
  }
  if (speakers.enroll.length !== count || speakers.test.length !== count) {
    throw invalid(
      `there are ${count} trials and ${speakers.enroll.length} and ${speakers.test.length} speakers; give one per side of each trial`,
    );
  }
  const affordable = Math.max(50, Math.floor(MAXIMUM_TRIALS_IN_ALL / count));
  const rounds = options.replicates ?? Math.min(replicates, affordable);
  const enroll = bySpeaker(trials.order, speakers.enroll);
  const test = bySpeaker(trials.order, speakers.test);
  const total = enroll.reduce((most, id) => Math.max(most, id), 0);
  const speakerCount = test.reduce((most, id) => Math.max(most, id), total) + 1;
  const random = seededRandom(seed);
  const names = Object.keys(metrics) as Name[];
  const values = new Map(names.map((name) => [name, new Float64Array(rounds)]));
  const weights = new Float64Array(count);
  for (let round = 0; round < rounds; round++) {
    drawUsable(trials, enroll, test, speakerCount, random, weights);
    for (const [name, list] of values) list[round] = metrics[name](trials, weights);
  }
  const intervals = names.map((name): [Name, Interval] => {
    const sorted = (values.get(name) ?? new Float64Array(1)).sort();
    return [name, [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)]];
  });
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

/** Speaker ids in the order of rank. */
export function bySpeaker(order: Uint32Array, ids: ArrayLike<number>): Uint32Array {
  return order.map((index) => {
    const id = ids[index] ?? -1;
    if (!Number.isInteger(id) || id < 0) {
      throw invalid(`the speaker of trial ${index + 1} is ${id}; number speakers from 0`);
    }
    return id;
  });
}

function drawUsable(
  trials: RankedTrials,
  enroll: Uint32Array,
  test: Uint32Array,
  speakerCount: number,
  random: () => number,
  weights: TrialWeights,
): void {
  const MOST = 1000;
  for (let attempt = 0; attempt < MOST; attempt++) {
    const drawn = drawSpeakers(speakerCount, random);
    for (let rank = 0; rank < weights.length; rank++) {
      const first = drawn[enroll[rank] ?? 0] ?? 0;
      const target = trials.labels[rank] === 1;
      weights[rank] = target ? first : first * (drawn[test[rank] ?? 0] ?? 0);
    }
    const { targets, nontargets } = totalWeights(trials, weights);
    if (targets > 0 && nontargets > 0) return;
  }
  throw invalid(
    `${MOST} draws of ${speakerCount} speakers gave no target and nontarget trials together; the list has too few speakers for intervals`,
  );
}

/** As many speakers as there are, with replacement: how often each was drawn. */
export function drawSpeakers(count: number, random: () => number): Uint32Array {
  const drawn = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const speaker = Math.floor(random() * count);
    drawn[speaker] = (drawn[speaker] ?? 0) + 1;
  }
  return drawn;
}

/** Linear interpolation between order statistics. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (position - Math.floor(position)) * (above - below);
}

/** Uniform in [0, 1): the mulberry32 generator, whose 32 bits of state suffice for resampling. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
