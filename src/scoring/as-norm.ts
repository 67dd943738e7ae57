import { VoiceprintError } from '../errors.js';
import { dot, meanOfUnits, unitLength } from './cosine.js';

/** Defaults of {@link createCohort}. */
export const AS_NORM_DEFAULTS = {
  /** How many of the cohort's best scores the statistics are taken from. */
  top: 200,
} as const;

/** Where an embedding's scores with the nearest impostors of a cohort lie. */
export interface CohortStatistics {
  /** Mean cosine with the nearest impostors, -1 to 1. */
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

/** Impostors that scores are normalised against. */
export interface Cohort {
  /** How many speakers. */
  readonly size: number;
  /** One embedding per speaker, at length 1. */
  readonly embeddings: readonly Float32Array[];
  /**
   * Computed once per enrolled voiceprint and once per test utterance.
   *
   * @param embeddings - Several are the utterances of one voiceprint, whose score is the mean
   *   cosine with all of them: the statistics are of that mean, as impostors score it.
   * @throws VoiceprintError `scoring/invalid` for none, embeddings of another size, and a cohort
   *   whose speakers are all alike.
   */
  statistics(embeddings: Float32Array | readonly Float32Array[]): CohortStatistics;
}

/**
 * A cohort for adaptive symmetric score normalisation: one mean embedding per speaker who is
 * neither enrolled nor tested.
 *
 * @param embeddings - At least two, all of one size.
 * @param options - `top`: taken down to the cohort's size where that is smaller.
 * @throws VoiceprintError `scoring/invalid` for fewer than two embeddings, sizes that differ,
 *   zero vectors, or a `top` below 2.
 */
export function createCohort(
  embeddings: readonly Float32Array[],
  options: { readonly top?: number } = {},
): Cohort {
  const wanted = options.top ?? AS_NORM_DEFAULTS.top;
  if (!Number.isInteger(wanted) || wanted < 2) {
    throw invalid(`AS-norm's top is ${wanted}; give an integer of at least 2`);
  }
  if (embeddings.length < 2) {
    throw invalid(`the cohort has ${embeddings.length} embeddings; give at least 2`);
  }
  const units = embeddings.map(unitLength);
  const size = units[0]?.length ?? 0;
  const odd = units.find((unit) => unit.length !== size);
  if (odd !== undefined) {
    throw invalid(`the cohort mixes embeddings of ${size} and ${odd.length} values; use one model`);
  }
  return new UnitCohort(units, Math.min(wanted, units.length));
}

/** A class, so that whoever prints a model sees the size and not a hundred thousand numbers. */
class UnitCohort implements Cohort {
  readonly size: number;
  readonly #units: readonly Float32Array[];
  readonly #top: number;

  constructor(units: readonly Float32Array[], top: number) {
    this.size = units.length;
    this.#units = units;
    this.#top = top;
  }

  get embeddings(): readonly Float32Array[] {
    return this.#units;
  }

  statistics(embeddings: Float32Array | readonly Float32Array[]): CohortStatistics {
    const mean = meanOfUnits(embeddings instanceof Float32Array ? [embeddings] : embeddings);
    const size = this.#units[0]?.length ?? 0;
    if (mean.length !== size) {
      throw invalid(
        `the embedding has ${mean.length} values, the cohort's have ${size}; use one model`,
      );
    }
    const scores = Float64Array.from(this.#units, (other) => dot(mean, other)).sort();
    const best = scores.subarray(scores.length - this.#top);
    let sum = 0;
    for (const score of best) sum += score;
    const average = sum / this.#top;
    let squares = 0;
    for (const score of best) squares += (score - average) ** 2;
    const deviation = Math.sqrt(squares / this.#top);
    if (!(deviation > 0)) {
      throw invalid(
        `the cohort's ${this.#top} best scores are all ${average}; use distinct speakers`,
      );
    }
    return { mean: average, deviation };
  }
}

/**
 * Adaptive symmetric normalisation of a score: the mean of the score in units of the deviations
 * of both sides' nearest impostors (Matejka et al., "Analysis of score normalization in
 * multilingual speaker recognition", Interspeech 2017).
 */
export function normalizeScore(
  score: number,
  enrollment: CohortStatistics,
  test: CohortStatistics,
): number {
  return (
    0.5 * ((score - enrollment.mean) / enrollment.deviation + (score - test.mean) / test.deviation)
  );
}

function invalid(message: string): VoiceprintError {
  return new VoiceprintError('scoring/invalid', message);
}
