import type { MicrophoneSettings } from '../audio/types.js';
import type { EngineModel } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { cosine, unitLength } from '../scoring/cosine.js';
import type { Voiceprint, VoiceprintUtterance } from '../vault/types.js';
import { ENROLLMENT_DEFAULTS } from './options.js';
import type { EmbeddedUtterance, Utterance } from './utterance.js';

/**
 * Cuts one long utterance into pieces of equal length, so that its consistency can be judged and
 * its voiceprint averages over what was said. Short utterances stay whole.
 *
 * @param model - Pieces are at least as long as it needs.
 */
export function enrollmentPieces(
  utterance: Utterance,
  { sampleRate, minimumSeconds }: Pick<EngineModel, 'sampleRate' | 'minimumSeconds'>,
): readonly Utterance[] {
  const pieceSamples = Math.max(ENROLLMENT_DEFAULTS.pieceSeconds, minimumSeconds) * sampleRate;
  const count = Math.max(1, Math.floor(utterance.speech.length / pieceSamples));
  if (count === 1) return [utterance];
  const length = Math.floor(utterance.speech.length / count);
  return Array.from({ length: count }, (_, index) => ({
    ...utterance,
    speech: utterance.speech.slice(index * length, (index + 1) * length),
    decodeMilliseconds: utterance.decodeMilliseconds / count,
    speechMilliseconds: utterance.speechMilliseconds / count,
  }));
}

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
 * @param known - Utterances of an earlier enrollment of the same speaker.
 * @param labels - How messages call each of `added`.
 * @throws VoiceprintError `audio/inconsistent`, naming the utterance and its score.
 */
export function refuseInconsistent(
  manifest: EngineModel,
  known: readonly VoiceprintUtterance[],
  added: readonly EmbeddedUtterance[],
  labels: readonly string[],
): Consistency {
  const embeddings = [...known, ...added].map((utterance) => utterance.embedding);
  const consistency = consistencyOf(embeddings);
  const laxest = manifest.thresholds.reduce(
    (lowest, entry) => Math.min(lowest, entry.score),
    Number.POSITIVE_INFINITY,
  );
  const { worst } = consistency;
  const needed = laxest * ENROLLMENT_DEFAULTS.consistentFrom;
  if (worst === undefined || manifest.thresholds.length === 0 || worst.score >= needed) {
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
export function voiceprintScore(embedding: Float32Array, { utterances }: Voiceprint): number {
  const cosines = utterances.map((utterance) => cosine(embedding, utterance.embedding));
  return cosines.reduce((sum, score) => sum + score, 0) / cosines.length;
}

/**
 * The voiceprint of a speaker after `added` joined what was `known`.
 *
 * @param streaming - The model of their streaming embeddings; those of another one are let go.
 */
export function makeVoiceprint(
  manifest: EngineModel,
  speaker: string,
  known: Voiceprint | undefined,
  added: readonly EmbeddedUtterance[],
  streaming?: EngineModel,
): Voiceprint {
  const now = new Date().toISOString();
  const utterances: VoiceprintUtterance[] = [
    ...knownUtterances(known, streaming),
    ...added.map(({ embedding, streamingEmbedding, speech }) => ({
      embedding,
      ...(streamingEmbedding === undefined ? {} : { streamingEmbedding }),
      speechSeconds: speech.length / manifest.sampleRate,
    })),
  ];
  const streamingModel =
    streaming === undefined
      ? known?.streamingModel
      : { name: streaming.name, sha256: streaming.files.model.sha256 };
  const microphone: MicrophoneSettings | undefined =
    added.find((utterance) => utterance.microphone !== undefined)?.microphone ?? known?.microphone;
  return {
    speaker,
    modelName: manifest.name,
    modelSha256: manifest.files.model.sha256,
    embedding: meanDirection(utterances.map((utterance) => utterance.embedding)),
    utterances,
    speechSeconds: utterances.reduce((sum, utterance) => sum + utterance.speechSeconds, 0),
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    ...(streamingModel === undefined ? {} : { streamingModel }),
    ...(microphone === undefined ? {} : { microphone }),
  };
}

/** What was enrolled before, without streaming embeddings that cannot be compared any more. */
function knownUtterances(
  known: Voiceprint | undefined,
  streaming: EngineModel | undefined,
): readonly VoiceprintUtterance[] {
  if (known === undefined) return [];
  const same = known.streamingModel?.sha256 === streaming?.files.model.sha256;
  if (streaming === undefined || same) return known.utterances;
  return known.utterances.map(({ embedding, speechSeconds }) => ({ embedding, speechSeconds }));
}

/**
 * A voiceprint as a streaming model beside the model sees it: its utterances that were embedded
 * with that model, by those embeddings. Undefined where there are none.
 */
export function streamingVoiceprint(
  voiceprint: Voiceprint,
  streaming: EngineModel,
): Voiceprint | undefined {
  if (voiceprint.streamingModel?.sha256 !== streaming.files.model.sha256) return undefined;
  const utterances = voiceprint.utterances.flatMap(({ streamingEmbedding, speechSeconds }) =>
    streamingEmbedding === undefined ? [] : [{ embedding: streamingEmbedding, speechSeconds }],
  );
  if (utterances.length === 0) return undefined;
  return {
    ...voiceprint,
    embedding: meanDirection(utterances.map(({ embedding }) => embedding)),
    utterances,
    speechSeconds: utterances.reduce((sum, { speechSeconds }) => sum + speechSeconds, 0),
  };
}
