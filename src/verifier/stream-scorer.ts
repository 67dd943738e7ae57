import { VoiceprintError } from '../errors.js';
import type { Voiceprint } from '../vault/types.js';
import { type DecisionPoint, decisionPoint, likelihoodRatio } from './decision.js';
import type { EngineModel } from './engine-types.js';
import { voiceprintScore } from './enrollment.js';
import type { StreamOptions } from './stream-types.js';

/** Scores what a stream hears as `verify` scores an utterance. */
export interface StreamScorer {
  readonly point: DecisionPoint;
  /** In the order of {@link StreamScorer.scoreAll}. */
  readonly speakers: readonly string[];
  /** Writes the score of each speaker into `scores`. */
  scoreAll(embedding: Float32Array, scores: Float64Array): void;
  /** Calibrated log-likelihood ratio of a speaker's score. */
  llr(speaker: number, score: number, scoredSeconds: number): number | undefined;
}

/** Where a stream decides. Throws as {@link decisionPoint}. */
export function streamPoint(
  model: EngineModel,
  options: Pick<StreamOptions, 'falseAcceptRate' | 'threshold'>,
  defaultRate: number,
): DecisionPoint {
  return decisionPoint(model, options, defaultRate);
}

/**
 * @param voiceprints - Whom the stream listens for; made by `model`.
 * @throws VoiceprintError `vault/unknown-speaker` for nobody.
 */
export function createStreamScorer(
  model: EngineModel,
  voiceprints: readonly Voiceprint[],
  point: DecisionPoint,
): StreamScorer {
  if (voiceprints.length === 0) {
    throw new VoiceprintError(
      'vault/unknown-speaker',
      'nobody is enrolled whom this model could recognise; enroll somebody before you stream',
    );
  }
  return {
    point,
    speakers: voiceprints.map(({ speaker }) => speaker),
    scoreAll(embedding, scores) {
      for (const [index, voiceprint] of voiceprints.entries()) {
        scores[index] = voiceprintScore(embedding, voiceprint);
      }
    },
    llr(speaker, score, scoredSeconds) {
      const enrolled = voiceprints[speaker]?.speechSeconds ?? scoredSeconds;
      return likelihoodRatio(model, score, Math.min(enrolled, scoredSeconds));
    },
  };
}
