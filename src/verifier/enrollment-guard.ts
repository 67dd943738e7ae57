import { VoiceprintError } from '../errors.js';
import { cosine } from '../scoring/cosine.js';
import type { Judge } from '../scoring/judge.js';
import type { Voice } from '../scoring/trial.js';
import { ENROLLMENT_DEFAULTS } from './options.js';

/** A piece of speech that is enrolled or to be enrolled. */
export interface EnrolledPiece {
  readonly embedding: Float32Array;
  /** Of speech. */
  readonly seconds: number;
  /** Position of the utterance that it is a part of. */
  readonly utterance: number;
}

/** What is compared with what. */
export interface GuardedEnrollment {
  /** Pieces of an earlier enrollment of the same speaker. */
  readonly known: readonly Omit<EnrolledPiece, 'utterance'>[];
  readonly added: readonly EnrolledPiece[];
  /** How messages call each utterance. */
  readonly labels: readonly string[];
}

/**
 * Pieces that are the same recording as one that was enrolled or comes earlier, as positions in
 * `added`: they are alike to a degree that two utterances of one person never are. Nothing new is in
 * them, and counted twice they would weigh twice.
 */
export function repeatedPieces({
  known,
  added,
}: Pick<GuardedEnrollment, 'known' | 'added'>): ReadonlySet<number> {
  const repeated = new Set<number>();
  const alike = (a: Float32Array, b: Float32Array) => cosine(a, b) >= ENROLLMENT_DEFAULTS.sameFrom;
  for (const [index, { embedding, utterance }] of added.entries()) {
    const earlier = added.slice(0, index).filter((piece) => piece.utterance !== utterance);
    const same = [...known, ...earlier].some((piece) => alike(piece.embedding, embedding));
    if (same) repeated.add(index);
  }
  return repeated;
}

/**
 * Refuses what would not be accepted as the person who is enrolled, at the threshold that decides:
 * first each utterance against the earlier enrollment, then each against the others of the batch,
 * then each piece of them against those that it is least like, so that two people who take turns in
 * one recording are told apart.
 *
 * @param judge - At the rate of the verifier; undefined where the model carries no thresholds, so
 *   that nothing can be told.
 * @throws VoiceprintError `audio/inconsistent`, naming the utterance that stands apart, its score
 *   and what was needed.
 */
export function refuseDifferent(judge: Judge | undefined, enrollment: GuardedEnrollment): void {
  if (judge === undefined) return;
  const { known, added, labels } = enrollment;
  const utterances = [...new Set(added.map(({ utterance }) => utterance))];
  const voices = utterances.map((utterance) => ({
    label: labels[utterance] ?? 'the recording',
    pieces: added.filter((piece) => piece.utterance === utterance),
  }));
  const threshold = judge.threshold;
  for (const [rest, remedy] of [
    [known.length > 0 ? () => known : undefined, REMEDY.known],
    [
      utterances.length > 1
        ? (index: number) => [
            ...known,
            ...voices.flatMap(({ pieces }, other) => (other === index ? [] : pieces)),
          ]
        : undefined,
      REMEDY.batch,
    ],
  ] as const) {
    if (rest === undefined) continue;
    const scores = voices.map(
      ({ pieces }, index) => judge.trial(voiceOf(pieces), voiceOf(rest(index))).score,
    );
    refuseWorst(scores, (index) => voices[index]?.label, threshold, remedy);
  }
  const all = [...known, ...added];
  const margin = ENROLLMENT_DEFAULTS.turnsMargin / judge.natsPerScore(secondsOf(all));
  const apart = added.map((piece) => {
    const others = leastAlike(
      all.filter((other) => other !== piece),
      piece,
    );
    if (others.length === 0) return Number.POSITIVE_INFINITY;
    return judge.trial(voiceOf([piece]), voiceOf(others)).score;
  });
  const labelOf = (index: number) => labels[added[index]?.utterance ?? 0];
  refuseWorst(apart, labelOf, threshold - margin, REMEDY.turns);
}

/**
 * How well the pieces of an enrollment agree: the mean score of each with all others; undefined for
 * a single one.
 */
export function consistencyOf(
  judge: Pick<Judge, 'trial'>,
  pieces: readonly Omit<EnrolledPiece, 'utterance'>[],
): number | undefined {
  if (pieces.length < 2) return undefined;
  const scores = pieces.map((piece) => {
    const others = pieces.filter((other) => other !== piece);
    return judge.trial(voiceOf([piece]), voiceOf(others)).score;
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

const ALLOW = 'or pass { allowDifferent: true }';
const REMEDY = {
  known: `the person who is enrolled: record it again, enroll under another name, replace the enrollment, ${ALLOW}`,
  batch: `the other utterances: leave it out or record it again, ${ALLOW}`,
  turns: `the rest of what is enrolled, as if several people spoke: record one person by themselves, ${ALLOW}`,
} as const;

/** Scores that differ by less do so by rounding: of two that disagree, the later is named. */
const ROUNDING = 1e-5;

function refuseWorst(
  scores: readonly number[],
  labelOf: (index: number) => string | undefined,
  needed: number,
  remedy: string,
): void {
  const lowest = Math.min(...scores);
  if (lowest >= needed) return;
  const index = scores.findLastIndex((score) => score <= lowest + ROUNDING);
  throw new VoiceprintError(
    'audio/inconsistent',
    `${labelOf(index) ?? 'the recording'} scores ${lowest.toFixed(2)} (needed ${needed.toFixed(2)}) and so does not sound like ${remedy}`,
  );
}

/** The half of `others` that is least like a piece; at least one of them. */
function leastAlike(
  others: readonly Omit<EnrolledPiece, 'utterance'>[],
  { embedding }: EnrolledPiece,
): readonly Omit<EnrolledPiece, 'utterance'>[] {
  return others
    .map((other) => ({ other, alike: cosine(embedding, other.embedding) }))
    .sort((a, b) => a.alike - b.alike)
    .slice(0, Math.ceil(others.length / 2))
    .map(({ other }) => other);
}

function voiceOf(pieces: readonly Omit<EnrolledPiece, 'utterance'>[]): Voice {
  return {
    embeddings: pieces.map(({ embedding }) => embedding),
    seconds: secondsOf(pieces),
  };
}

function secondsOf(pieces: readonly Omit<EnrolledPiece, 'utterance'>[]): number {
  return pieces.reduce((sum, { seconds }) => sum + seconds, 0);
}
