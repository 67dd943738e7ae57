import type { MicrophoneSettings } from '../audio/types.js';
import type { EngineModel } from '../engine/types.js';
import { VoiceprintError } from '../errors.js';
import { unitLength } from '../scoring/cosine.js';
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

/**
 * The direction between several embeddings: each length-normalised, then averaged.
 *
 * @throws VoiceprintError `verifier/invalid` for none, `scoring/invalid` as {@link unitLength}.
 */
export function meanDirection(embeddings: readonly Float32Array[]): Float32Array {
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
