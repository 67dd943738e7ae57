import { equalErrorRate } from '../../metrics/equal-error-rate.js';
import { figuresOf } from '../../metrics/evaluation/figures.js';
import { scoreTrials } from '../../metrics/evaluation/scored-trials.js';
import { rankTrials } from '../../metrics/ranked-trials.js';
import type { Manifest } from '../../models/manifest.js';
import { type Cohort, createCohort } from '../../scoring/as-norm.js';
import { type MeasuredScale, measureScale } from './measure-scale.js';
import { rounded } from './measure-thresholds.js';
import { type EmbeddedList, scoresAt } from './score-list.js';

/** A trial list, embedded in both ways that are measured. */
export interface CalibrationList {
  /** With their pauses, which is how published figures are made; left out, there are none. */
  readonly whole?: EmbeddedList;
  /** Without their pauses, which is what a verifier scores. */
  readonly speech: EmbeddedList;
}

/** Impostors to normalise with. */
export interface CalibrationCohort {
  /** At length 1. */
  readonly embeddings: readonly Float32Array[];
  /** How many of the nearest count. */
  readonly top: number;
}

/** How well trials of one list at one length are told apart, by cosine and normalised. */
export interface ComparedErrors {
  readonly list: string;
  readonly seconds: number | null;
  readonly cosineEer: number;
  readonly normalizedEer: number;
}

/** What {@link calibrateModel} measured. */
export interface ModelCalibration {
  /** By cosine, on whole files. */
  readonly figures: Manifest['figures'];
  readonly cosine: MeasuredScale;
  /** Undefined without a cohort. */
  readonly normalized: MeasuredScale | undefined;
  /** Without pauses; empty without a cohort. */
  readonly compared: readonly ComparedErrors[];
}

/**
 * Measures everything that a manifest says about scores.
 *
 * @param minimumSeconds - Speech that a verifier asks for: thresholds hold from this length on.
 * @throws VoiceprintError as {@link measureScale}, and `scoring/invalid` for a cohort of another
 *   model.
 */
export function calibrateModel(
  lists: readonly CalibrationList[],
  given: CalibrationCohort | undefined,
  minimumSeconds: number,
): ModelCalibration {
  const speech = lists.map((list) => list.speech);
  const cohort = given && createCohort(given.embeddings, { top: given.top });
  return {
    figures: lists.flatMap(({ whole }) => (whole === undefined ? [] : figuresOfList(whole))),
    cosine: measureScale(speech, undefined, minimumSeconds),
    normalized: cohort && measureScale(speech, cohort, minimumSeconds),
    compared: cohort === undefined ? [] : speech.flatMap((list) => compare(list, cohort)),
  };
}

/** A loss by calibration on another list that is borne, in bits. */
const BORNE_LOSS = 0.05;

/**
 * Whether normalised scores serve better than cosines. With several lists, whole utterances are
 * judged by calibrations that were fitted on the other lists: their mean Cllr must fall, and the
 * worst loss by calibration must not rise above what is borne. A single list can only tell by its
 * least Cllr.
 */
export function normalizationPays({ cosine, normalized }: ModelCalibration): boolean {
  if (normalized === undefined) return false;
  const [before, after] = [wholeAcross(cosine), wholeAcross(normalized)];
  if (before.length === 0) {
    return meanOf(normalized.least.map(leastOf)) < 0.98 * meanOf(cosine.least.map(leastOf));
  }
  const worst = (across: typeof after) =>
    Math.max(...across.map(({ cllr, minCllr }) => cllr - minCllr));
  const mean = (across: typeof after) => meanOf(across.map(({ cllr }) => cllr));
  return mean(after) < mean(before) && worst(after) <= Math.max(BORNE_LOSS, worst(before));
}

function wholeAcross({ across }: MeasuredScale): MeasuredScale['across'] {
  const longest = Math.max(...across.map(({ seconds }) => seconds ?? Number.POSITIVE_INFINITY));
  return across.filter(({ seconds }) => (seconds ?? Number.POSITIVE_INFINITY) === longest);
}

function leastOf({ minCllr }: { readonly minCllr: number }): number {
  return minCllr;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A manifest that says what was measured; without `normalized` it asks for cosines. */
export function calibratedManifest(
  manifest: Manifest,
  { cosine, normalized, figures }: ModelCalibration,
  cohort: { readonly file: Manifest['files']['model']; readonly top: number } | undefined,
): Manifest {
  const { normalization: _, files, ...rest } = manifest;
  const { cohort: __, ...others } = files;
  const normalizes = normalized !== undefined && cohort !== undefined;
  const { thresholds, calibration } = normalizes ? normalized : cosine;
  const shared = { ...rest, thresholds, calibration, figures };
  if (!normalizes) return { ...shared, files: others };
  return {
    ...shared,
    files: { ...others, cohort: cohort.file },
    normalization: { kind: 'as-norm', top: cohort.top },
  };
}

function figuresOfList({ name, list, lengths, embeddings }: EmbeddedList): Manifest['figures'] {
  return lengths.map((seconds, i) => {
    const scored = scoreTrials(
      list,
      embeddings.map((ofFile) => ofFile?.[i]),
    );
    const { eer, intervals, targets, trials } = figuresOf(list, scored, []);
    return {
      list: name,
      seconds,
      eer: rounded(eer),
      interval: [rounded(intervals.eer[0]), rounded(intervals.eer[1])],
      targets,
      nontargets: trials - targets,
    };
  });
}

function compare(list: EmbeddedList, cohort: Cohort): readonly ComparedErrors[] {
  return list.lengths.map((seconds) => {
    const eerOf = (by: Cohort | undefined) => {
      const { scores, labels } = scoresAt(list, seconds, by);
      return equalErrorRate(rankTrials(scores, labels));
    };
    return {
      list: list.name,
      seconds,
      cosineEer: eerOf(undefined),
      normalizedEer: eerOf(cohort),
    };
  });
}
