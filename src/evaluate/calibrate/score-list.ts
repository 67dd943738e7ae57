import type { TrialSpeakers } from '../../metrics/bootstrap.js';
import {
  type FileEmbedding,
  type Length,
  scoreTrials,
} from '../../metrics/evaluation/scored-trials.js';
import { normalizeTrials } from '../../metrics/normalize-trials.js';
import type { TrialList } from '../../metrics/trial-list.js';
import { speakersOfTrials } from '../../metrics/trial-speakers.js';
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

/** The trials of one list at one length, those too short for it left out, and who speaks in them. */
export function spokenScoresAt(
  embedded: EmbeddedList,
  length: Length,
  cohort: Cohort | undefined,
): { readonly scores: LabelledScores; readonly speakers: TrialSpeakers } {
  const { list, lengths, embeddings } = embedded;
  const at = lengths.indexOf(length);
  const { trials } = scoreTrials(
    list,
    embeddings.map((ofFile) => ofFile?.[at]),
  );
  const { scores, labels, seconds } = scoresAt(embedded, length, cohort);
  const reached = seconds.map((ofTrial) => length === null || ofTrial >= length);
  const chosen = (values: readonly number[]) => values.filter((_, i) => reached[i]);
  const everyone = speakersOfTrials(list);
  const who = (side: ArrayLike<number>) => chosen(Array.from(trials, (trial) => side[trial] ?? 0));
  return {
    scores: { scores: chosen(scores), labels: chosen(labels), seconds: chosen(seconds) },
    speakers: { enroll: who(everyone.enroll), test: who(everyone.test) },
  };
}

/** The trials of one list at every length; those too short for a length do not count for it. */
export function scoresAtEveryLength(
  embedded: EmbeddedList,
  cohort: Cohort | undefined,
): LabelledScores {
  return pooledScores(
    embedded.lengths.map((length) => spokenScoresAt(embedded, length, cohort).scores),
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
