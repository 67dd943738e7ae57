import {
  type FileEmbedding,
  type Length,
  scoreTrials,
} from '../../metrics/evaluation/scored-trials.js';
import { normalizeTrials } from '../../metrics/normalize-trials.js';
import type { TrialList } from '../../metrics/trial-list.js';
import type { Cohort } from '../../scoring/as-norm.js';

/** A trial list whose files were embedded at several lengths. */
export interface EmbeddedList {
  /** What tables call it. */
  readonly name: string;
  readonly list: TrialList;
  readonly lengths: readonly Length[];
  /** By file of the list, one per length; undefined for files that were left out. */
  readonly embeddings: readonly (readonly FileEmbedding[] | undefined)[];
}

/** Scored trials of any number of lists and lengths. */
export interface LabelledScores {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  /** Speech of the shorter side. */
  readonly seconds: readonly number[];
}

/**
 * The trials of one list at one length.
 *
 * @param cohort - Normalises the scores; cosines without it.
 */
export function scoresAt(
  { list, lengths, embeddings }: EmbeddedList,
  length: Length,
  cohort: Cohort | undefined,
): LabelledScores {
  const at = lengths.indexOf(length);
  const ofLength = embeddings.map((ofFile) => ofFile?.[at]);
  const scored = scoreTrials(list, ofLength);
  const scores =
    cohort === undefined
      ? scored.scores
      : normalizeTrials(
          list,
          scored,
          ofLength.map((embedding) => embedding?.values),
          cohort,
        );
  return { scores: [...scores], labels: [...scored.labels], seconds: [...scored.seconds] };
}

/** The trials of one list at every length; those too short for a length do not count for it. */
export function scoresAtEveryLength(
  embedded: EmbeddedList,
  cohort: Cohort | undefined,
): LabelledScores {
  return pooledScores(
    embedded.lengths.map((length) => {
      const { scores, labels, seconds } = scoresAt(embedded, length, cohort);
      const reached = seconds.map((ofTrial) => length === null || ofTrial >= length);
      const chosen = (values: readonly number[]) => values.filter((_, i) => reached[i]);
      return { scores: chosen(scores), labels: chosen(labels), seconds: chosen(seconds) };
    }),
  );
}

/** All trials of several lists as one. */
export function pooledScores(lists: readonly LabelledScores[]): LabelledScores {
  return {
    scores: lists.flatMap(({ scores }) => scores),
    labels: lists.flatMap(({ labels }) => labels),
    seconds: lists.flatMap(({ seconds }) => seconds),
  };
}
