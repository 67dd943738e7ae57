import { VoiceprintError } from '../errors.js';
import type { Among } from '../scoring/among.js';
import type { Judge } from '../scoring/judge.js';
import type { Trial, Voice } from '../scoring/trial.js';
import type { SpeakerVoice } from '../vault/voice.js';

/** Scores what a stream hears as `verify` scores an utterance, and decides as `identify` does. */
export interface StreamScorer {
  /** The score from which a person is accepted, and its measured rate. */
  readonly point: Pick<Judge, 'threshold' | 'falseAcceptRate'>;
  /** In the order of {@link StreamScorer.scoreAll}. */
  readonly speakers: readonly string[];
  /** The trial of each speaker with an embedding. */
  scoreAll(embedding: Float32Array, seconds: number): readonly Trial[];
  /** Trials whose scores were smoothed since, at the seconds of speech of the latest ones. */
  known(trials: readonly Pick<Trial, 'cosine' | 'score' | 'seconds'>[]): readonly Trial[];
  /** Who speaks, by such trials. */
  among(trials: readonly Trial[]): Among;
  /** How many nats a score that is higher by 1 is worth. */
  natsPerScore(seconds: number): number;
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
  const { threshold, falseAcceptRate } = judge;
  return {
    point: { threshold, falseAcceptRate },
    speakers: voices.map(({ speaker }) => speaker),
    scoreAll(embedding, seconds) {
      const heard: Voice = { embeddings: [embedding], seconds };
      return voices.map((voice) => judge.trial(voice, heard));
    },
    known: (trials) => trials.map((trial) => judge.known(trial)),
    among: (trials) => judge.among(trials),
    natsPerScore: (seconds) => judge.natsPerScore(seconds),
  };
}
