import { VoiceprintError } from '../../errors.js';
import { dot, unitLength } from '../../scoring/cosine.js';
import type { TrialSpeakers } from '../bootstrap.js';
import type { TrialList } from '../trial-list.js';

/** How much of the start of each file is embedded: so many seconds, or `null` for all of it. */
export type Length = number | null;

/** An embedding and how much audio it was made of. */
export interface FileEmbedding {
  /** Seconds of audio that the embedding is of. */
  readonly seconds: number;
  /** The embedding; its norm has no meaning. */
  readonly values: Float32Array;
}

/** One scored trial list, at one length. Arrays run over the trials that could be scored. */
export interface ScoredTrials {
  /** Positions in the trial list. */
  readonly trials: Uint32Array;
  /** Cosine, -1 to 1. */
  readonly scores: Float64Array;
  /** 1 for a trial of one person, else 0. */
  readonly labels: Uint8Array;
  /** Seconds of audio of the shorter side. */
  readonly seconds: Float64Array;
}

/**
 * Scores all trials whose files were embedded.
 *
 * @param embeddings - By file of the list; undefined for files that were left out.
 * @throws VoiceprintError `scoring/invalid` naming the file of an embedding that is all zero or not finite.
 */
export function scoreTrials(
  list: TrialList,
  embeddings: readonly (FileEmbedding | undefined)[],
): ScoredTrials {
  const units = embeddings.map((embedding, file) => embedding && unitOf(list, file, embedding));
  const scoreable = (trial: number) =>
    units[list.enroll[trial] ?? 0] !== undefined && units[list.test[trial] ?? 0] !== undefined;
  let count = 0;
  for (let trial = 0; trial < list.labels.length; trial++) if (scoreable(trial)) count++;
  const trials = new Uint32Array(count);
  const labels = new Uint8Array(count);
  const scores = new Float64Array(count);
  const seconds = new Float64Array(count);
  let at = 0;
  for (let trial = 0; trial < list.labels.length; trial++) {
    const enroll = list.enroll[trial] ?? 0;
    const test = list.test[trial] ?? 0;
    const [a, b] = [units[enroll], units[test]];
    if (a === undefined || b === undefined) continue;
    trials[at] = trial;
    labels[at] = list.labels[trial] ?? 0;
    scores[at] = dot(a, b);
    seconds[at] = Math.min(embeddings[enroll]?.seconds ?? 0, embeddings[test]?.seconds ?? 0);
    at++;
  }
  return { trials, scores, labels, seconds };
}

function unitOf(list: TrialList, file: number, { values }: FileEmbedding): Float32Array {
  try {
    return unitLength(values);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VoiceprintError('scoring/invalid', `${list.files[file]}: ${reason}`, { cause });
  }
}

/** Who speaks in the trials that could be scored. */
export function speakersOfScored(
  { trials }: ScoredTrials,
  everyone: TrialSpeakers,
): { readonly enroll: Uint32Array; readonly test: Uint32Array } {
  return {
    enroll: trials.map((trial) => Number(everyone.enroll[trial])),
    test: trials.map((trial) => Number(everyone.test[trial])),
  };
}
