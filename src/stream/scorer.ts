import { VoiceprintError } from '../errors.js';
import type { DecisionPoint, Judge } from '../scoring/judge.js';
import type { Voiceprint } from '../vault/types.js';
import { voiceprintScore } from '../verifier/enrollment.js';

/** Scores what a stream hears as `verify` scores an utterance. */
export interface StreamScorer {
  readonly point: DecisionPoint;
  /** In the order of {@link StreamScorer.scoreAll}. */
  readonly speakers: readonly string[];
  /**
   * Writes the score of each speaker into `scores`: the cosine, moved where scores are normalised
   * by what that moves its threshold, so that `point.threshold` is one for all of a stream.
   */
  scoreAll(embedding: Float32Array, scores: Float64Array): void;
  /** Calibrated log-likelihood ratio of a speaker's score. */
  llr(speaker: number, score: number, scoredSeconds: number): number | undefined;
}

/**
 * @param voiceprints - Whom the stream listens for; made by the model that is judged.
 * @throws VoiceprintError `vault/unknown-speaker` for nobody.
 */
export function createStreamScorer(judge: Judge, voiceprints: readonly Voiceprint[]): StreamScorer {
  if (voiceprints.length === 0) {
    throw new VoiceprintError(
      'vault/unknown-speaker',
      'nobody is enrolled whom this model could recognise; enroll somebody before you stream',
    );
  }
  const { point } = judge;
  const enrolled = voiceprints.map((voiceprint) => ({
    voiceprint,
    statistics: judge.statistics(voiceprint.utterances.map(({ embedding }) => embedding)),
    /** Of the last embedding. */
    trial: judge.trial(undefined, undefined),
  }));
  return {
    point,
    speakers: voiceprints.map(({ speaker }) => speaker),
    scoreAll(embedding, scores) {
      const test = judge.statistics(embedding);
      for (const [index, speaker] of enrolled.entries()) {
        speaker.trial = judge.trial(speaker.statistics, test);
        const moved = point.threshold - speaker.trial.threshold;
        scores[index] = voiceprintScore(embedding, speaker.voiceprint) + moved;
      }
    },
    llr(index, score, scoredSeconds) {
      const speaker = enrolled[index];
      if (speaker === undefined) return undefined;
      const { trial, voiceprint } = speaker;
      const cosine = score - point.threshold + trial.threshold;
      return trial.llr(cosine, Math.min(voiceprint.speechSeconds, scoredSeconds));
    },
  };
}
