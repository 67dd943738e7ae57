import type { Voice } from '../scoring/trial.js';
import type { Voiceprint } from './types.js';

/** A voiceprint as one side of a trial, by the embeddings of one model. */
export interface SpeakerVoice extends Voice {
  readonly speaker: string;
  /** One per utterance that was embedded with the model. */
  readonly embeddings: readonly Float32Array[];
  /** Seconds of speech in those utterances together. */
  readonly seconds: number;
}

/**
 * What is compared of a voiceprint: the embeddings of its utterances by one model. There are none
 * where that model never heard the person.
 *
 * @param model - Hash of the model.
 */
export function voiceOf({ speaker, utterances }: Voiceprint, model: string): SpeakerVoice {
  const embeddings: Float32Array[] = [];
  let total = 0;
  for (const { seconds, embeddings: byModel } of utterances) {
    const embedding = byModel.get(model);
    if (embedding === undefined) continue;
    embeddings.push(embedding);
    total += seconds;
  }
  return { speaker, embeddings, seconds: total };
}

/** Whether a model has heard an utterance of a voiceprint. */
export function isComparable({ models }: Pick<Voiceprint, 'models'>, model: string): boolean {
  return models.some(({ sha256 }) => sha256 === model);
}
