import { VoiceprintError } from '../errors.js';
import type { DecisionPoint, Judge } from '../scoring/judge.js';
import type { SpeakerVoice } from '../vault/voice.js';
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
 * @param voices - Whom the stream listens for, by embeddings of the model that is judged.
 * @throws VoiceprintError `vault/unknown-speaker` for nobody.
 */
export function createStreamScorer(judge: Judge, voices: readonly SpeakerVoice[]): StreamScorer {
  if (voices.length === 0) {
    throw new VoiceprintError(
      'vault/unknown-speaker',
      'nobody is enrolled whom this model could recognise; enroll somebody before you stream',
    );
  }
  const { point } = judge;
  const enrolled = voices.map((voice) => ({
    voice,
    statistics: judge.statistics(voice.embeddings),
    /** Of the last embedding. */
    trial: judge.trial(undefined, undefined),
  }));
  return {
    point,
    speakers: voices.map(({ speaker }) => speaker),
    scoreAll(embedding, scores) {
      const test = judge.statistics(embedding);
      for (const [index, speaker] of enrolled.entries()) {
        speaker.trial = judge.trial(speaker.statistics, test);
        const moved = point.threshold - speaker.trial.threshold;
        scores[index] = voiceprintScore(embedding, speaker.voice) + moved;
      }
    },
    llr(index, score, scoredSeconds) {
      const speaker = enrolled[index];
      if (speaker === undefined) return undefined;
      const { trial, voice } = speaker;
      const cosine = score - point.threshold + trial.threshold;
      return trial.llr(cosine, Math.min(voice.seconds, scoredSeconds));
    },
  };
}
