import { VoiceprintError } from '../errors.js';
import { dot, unitLength } from './cosine.js';

/** Defaults of {@link createCohort}. */
export const AS_NORM_DEFAULTS = {
  /** How many of the cohort's best scores the statistics are taken from. */
  top: 200,
} as const;

/** Where an embedding's scores with the nearest impostors of a cohort lie. */
export interface CohortStatistics {
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

/** Impostors that scores are normalised against. */
export interface Cohort {
  readonly size: number;
  /**
   * Computed once per enrolled voiceprint and once per test utterance.
   *
   * @param embeddings - Several are the utterances of one voiceprint, whose score is the mean
   *   cosine with all of them: the statistics are of that mean, as impostors score it.
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
  const top = Math.min(wanted, units.length);
  return {
    size: units.length,
    statistics(embeddings) {
      const mean = meanOfUnits(
        embeddings instanceof Float32Array ? [embeddings] : embeddings,
        size,
      );
      const scores = Float64Array.from(units, (other) => dot(mean, other)).sort();
      const best = scores.subarray(scores.length - top);
      let sum = 0;
      for (const score of best) sum += score;
      const average = sum / top;
      let squares = 0;
      for (const score of best) squares += (score - average) ** 2;
      const deviation = Math.sqrt(squares / top);
      if (!(deviation > 0)) {
        throw invalid(`the cohort's ${top} best scores are all ${average}; use distinct speakers`);
      }
      return { mean: average, deviation };
    },
  };
}

/** The mean of several embeddings at length 1; its dot product is the mean of their cosines. */
function meanOfUnits(embeddings: readonly Float32Array[], size: number): Float32Array {
  const [only] = embeddings;
  if (only === undefined) throw invalid('there is no embedding to compare with the cohort');
  const odd = embeddings.find((embedding) => embedding.length !== size);
  if (odd !== undefined) {
    throw invalid(
      `the embedding has ${odd.length} values, the cohort's have ${size}; use one model`,
    );
  }
  if (embeddings.length === 1) return unitLength(only);
  const mean = new Float32Array(size);
  for (const embedding of embeddings) {
    const unit = unitLength(embedding);
    for (let i = 0; i < size; i++) mean[i] = (mean[i] ?? 0) + (unit[i] ?? 0) / embeddings.length;
  }
  return mean;
}

/** A normalised score as a function of the score: `scale * score + offset`. */
export interface Normalization {
  /** Above 0. */
  readonly scale: number;
  readonly offset: number;
}

/**
 * What {@link normalizeScore} does to any score between the two sides; its inverse says which score
 * a threshold on normalised scores is for this pair.
 */
export function normalizationOf(
  enrollment: CohortStatistics,
  test: CohortStatistics,
): Normalization {
  return {
    scale: 0.5 * (1 / enrollment.deviation + 1 / test.deviation),
    offset: -0.5 * (enrollment.mean / enrollment.deviation + test.mean / test.deviation),
  };
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
