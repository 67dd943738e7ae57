import type { MicrophoneSettings } from '../audio/types.js';
import { VoiceprintError } from '../errors.js';
import type { Model } from '../models/model.js';
import { cosine, unitLength } from '../scoring/cosine.js';
import type { Voiceprint } from '../vault/types.js';
import type { SpeakerVoice } from '../vault/voice.js';
import { ENROLLMENT_DEFAULTS } from './options.js';
import type { EmbeddedUtterance } from './utterance.js';

/** How well the utterances of an enrollment agree, and which one does not. */
export interface Consistency {
  /** Mean cosine of each utterance with the mean of the others; 1 for a single utterance. */
  readonly mean: number;
  /**
   * Position of the utterance that agrees least with the others, and the least cosine of any
   * utterance with the half of the others that it is least like: where two people took turns, each
   * utterance has others that it agrees with.
   */
  readonly worst: { readonly index: number; readonly score: number } | undefined;
}

/** Scores that differ by less do so by rounding. */
const ROUNDING = 1e-5;

/**
 * Compares each embedding with the length-normalised mean of all others. Of several that agree
 * equally little (two always do), the last is called the worst: it came to what was there.
 */
function consistencyOf(embeddings: readonly Float32Array[]): Consistency {
  if (embeddings.length < 2) return { mean: 1, worst: undefined };
  const others = embeddings.map((_, index) => embeddings.filter((_, other) => other !== index));
  const against = (rest: readonly (readonly Float32Array[])[]): readonly number[] =>
    embeddings.map((embedding, index) => cosine(embedding, meanDirection(rest[index] ?? [])));
  const scores = against(others);
  const lowest = Math.min(...scores);
  const index = scores.findLastIndex((score) => score <= lowest + ROUNDING);
  const unlike = others.map((rest, of) => leastAlike(rest, embeddings[of]));
  const worst = { index, score: Math.min(...against(unlike)) };
  return { mean: scores.reduce((sum, score) => sum + score, 0) / scores.length, worst };
}

/** The half of `others` that is least like an embedding; at least one of them. */
function leastAlike(
  others: readonly Float32Array[],
  embedding: Float32Array | undefined,
): readonly Float32Array[] {
  if (embedding === undefined) return others;
  const ranked = others
    .map((other) => ({ other, score: cosine(embedding, other) }))
    .sort((a, b) => a.score - b.score);
  return ranked.slice(0, Math.ceil(others.length / 2)).map(({ other }) => other);
}

/**
 * The direction between several embeddings: each length-normalised, then averaged.
 *
 * @throws VoiceprintError `verifier/invalid` for none, `scoring/invalid` as {@link unitLength}.
 */
function meanDirection(embeddings: readonly Float32Array[]): Float32Array {
  const first = embeddings[0];
  if (first === undefined) {
    throw new VoiceprintError('verifier/invalid', 'no embeddings to average; give at least one');
  }
  const mean = new Float32Array(first.length);
  for (const embedding of embeddings) {
    for (const [index, value] of unitLength(embedding).entries()) {
      mean[index] = (mean[index] ?? 0) + value / embeddings.length;
    }
  }
  return mean;
}

/**
 * Refuses utterances that sound like another person than the rest of the enrollment.
 *
 * @param known - Embeddings of an earlier enrollment of the same speaker.
 * @param labels - How messages call each of `added`.
 * @throws VoiceprintError `audio/inconsistent`, naming the utterance and its score.
 */
export function refuseInconsistent(
  model: Pick<Model, 'thresholds'>,
  known: readonly Float32Array[],
  added: readonly EmbeddedUtterance[],
  labels: readonly string[],
): Consistency {
  const embeddings = [...known, ...added.map((utterance) => utterance.embedding)];
  const consistency = consistencyOf(embeddings);
  const laxest = model.thresholds.reduce(
    (lowest, entry) => Math.min(lowest, entry.score),
    Number.POSITIVE_INFINITY,
  );
  const { worst } = consistency;
  const needed = laxest * ENROLLMENT_DEFAULTS.consistentFrom;
  if (worst === undefined || model.thresholds.length === 0 || worst.score >= needed) {
    return consistency;
  }
  const label = labels[worst.index - known.length] ?? 'what is enrolled already';
  const remedy =
    known.length > 0
      ? 'record it again, enroll under another name, or replace the enrollment'
      : 'leave it out or record it again';
  throw new VoiceprintError(
    'audio/inconsistent',
    `${label} does not sound like the same person as the rest (cosine ${worst.score.toFixed(2)}, needed ${needed.toFixed(2)}): ${remedy}`,
  );
}

/**
 * The score of a trial: the mean cosine of an embedding with the enrolled utterances.
 *
 * A cosine with their average would rise with the number of utterances, for impostors too: at a
 * threshold that was measured on single utterances, three enrolled ones double the false accepts of
 * the embedded model. The mean keeps the measured rate as an upper bound, however much is enrolled.
 *
 * @returns -1 to 1.
 */
export function voiceprintScore(
  embedding: Float32Array,
  { embeddings }: Pick<SpeakerVoice, 'embeddings'>,
): number {
  const cosines = embeddings.map((enrolled) => cosine(embedding, enrolled));
  return cosines.reduce((sum, score) => sum + score, 0) / cosines.length;
}

/**
 * The voiceprint of a speaker after `added` joined what was `known`. What was embedded by models that
 * are not in use now stays with it.
 *
 * @param models - Those that `added` was embedded with; the first decides.
 */
export function makeVoiceprint(
  models: readonly Pick<Model, 'name' | 'sha256'>[],
  speaker: string,
  known: Voiceprint | undefined,
  added: readonly EmbeddedUtterance[],
): Voiceprint {
  const now = new Date().toISOString();
  const named = models.map(({ name, sha256 }) => ({ name, sha256 }));
  const others = (known?.models ?? []).filter(
    ({ sha256 }) => !named.some((model) => model.sha256 === sha256),
  );
  const microphone: MicrophoneSettings | undefined =
    added.find((utterance) => utterance.microphone !== undefined)?.microphone ?? known?.microphone;
  return {
    speaker,
    models: [...named, ...others],
    utterances: [
      ...(known?.utterances ?? []),
      ...added.map(({ seconds, embeddings }) => ({ seconds, embeddings })),
    ],
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    ...(microphone === undefined ? {} : { microphone }),
  };
}
