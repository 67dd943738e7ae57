import type { Voice } from '../scoring/trial.js';
import type { Voiceprint } from './types.js';

/** A voiceprint as one side of a trial. */
export interface SpeakerVoice extends Voice {
  readonly speaker: string;
}

/** What is compared of a voiceprint: the embeddings of its utterances. */
export function voiceOf({ speaker, utterances, speechSeconds }: Voiceprint): SpeakerVoice {
  return {
    speaker,
    embeddings: utterances.map(({ embedding }) => embedding),
    seconds: speechSeconds,
  };
}
