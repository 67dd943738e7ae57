import { VoiceprintError } from '../errors.js';
import { argsort } from './argsort.js';

/**
 * Scored trials from the lowest score to the highest: what every metric of this room reads. Made
 * by {@link rankTrials} once, then shared.
 */
export interface RankedTrials {
  /** Ascending. */
  readonly scores: Float64Array;
  /** 1 where the trial is a target (same speaker), 0 where it is a nontarget. */
  readonly labels: Uint8Array;
  /** `order[rank]` is the trial's position in what was given to {@link rankTrials}. */
  readonly order: Uint32Array;
  /** How many trials are target trials; at least 1. */
  readonly targets: number;
  /** How many trials are nontarget trials; at least 1. */
  readonly nontargets: number;
}

/**
 * Sorts scored trials.
 *
 * @param scores - Higher means more likely the same speaker.
 * @param labels - 1 or true for a target trial, 0 or false for a nontarget one.
 * @throws VoiceprintError `scoring/invalid` for lists of different lengths, a score that is NaN,
 *   a label other than 0 and 1, or trials of one class only.
 */
export function rankTrials(
  scores: ArrayLike<number>,
  labels: ArrayLike<number | boolean>,
): RankedTrials {
  const count = scores.length;
  if (labels.length !== count) {
    throw invalid(`there are ${count} scores and ${labels.length} labels; give one per trial`);
  }
  const values = new Float64Array(count);
  let targets = 0;
  for (let i = 0; i < count; i++) {
    const score = scores[i];
    if (score === undefined || Number.isNaN(score)) {
      throw invalid(`the score of trial ${i + 1} is ${score}; leave the trial out`);
    }
    const label = Number(labels[i]);
    if (label !== 0 && label !== 1) {
      throw invalid(`the label of trial ${i + 1} is ${labels[i]}; give 1 for target, 0 for not`);
    }
    values[i] = score;
    targets += label;
  }
  const nontargets = count - targets;
  if (targets === 0 || nontargets === 0) {
    throw invalid(
      `there are ${targets} target and ${nontargets} nontarget trials; error rates need both`,
    );
  }
  const order = argsort(values);
  const sorted = new Float64Array(count);
  const sortedLabels = new Uint8Array(count);
  for (let rank = 0; rank < count; rank++) {
    const index = order[rank] ?? 0;
    sorted[rank] = values[index] ?? 0;
    sortedLabels[rank] = Number(labels[index]);
  }
  return { scores: sorted, labels: sortedLabels, order, targets, nontargets };
}

/** Weights by rank, as a bootstrap draws them; trials count 1 each without them. */
export type TrialWeights = Float64Array;

/**
 * Visits every operating point once, from accepting everything to accepting nothing. A trial is
 * accepted when its score is at least the threshold, so tied scores move together.
 *
 * @param visit - Called with the threshold, the share of targets that are rejected there, and the
 *   share of nontargets that are accepted, both 0 to 1. The last threshold is Infinity.
 */
export function forEachOperatingPoint(
  trials: RankedTrials,
  visit: (threshold: number, missRate: number, falseAcceptRate: number) => void,
  weights?: TrialWeights,
): void {
  const { scores, labels } = trials;
  const { targets, nontargets } = totalWeights(trials, weights);
  let missed = 0;
  let accepted = nontargets;
  let rank = 0;
  while (rank < scores.length) {
    const threshold = scores[rank] ?? 0;
    visit(threshold, missed / targets, accepted / nontargets);
    while (rank < scores.length && scores[rank] === threshold) {
      const weight = weights === undefined ? 1 : (weights[rank] ?? 0);
      if (labels[rank] === 1) missed += weight;
      else accepted -= weight;
      rank++;
    }
  }
  // Exactly 1 and 0, whatever rounding the sums of weights gathered.
  visit(Number.POSITIVE_INFINITY, 1, 0);
}

/** Sums of the weights of both classes. */
export function totalWeights(
  trials: RankedTrials,
  weights?: TrialWeights,
): { readonly targets: number; readonly nontargets: number } {
  if (weights === undefined) return trials;
  let targets = 0;
  let nontargets = 0;
  for (let rank = 0; rank < weights.length; rank++) {
    const weight = weights[rank] ?? 0;
    if (trials.labels[rank] === 1) targets += weight;
    else nontargets += weight;
  }
  return { targets, nontargets };
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
