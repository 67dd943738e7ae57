import type { Trial, Voice } from '../scoring/trial.js';
import type { Voiceprint } from '../vault/types.js';
import type { Candidate } from './types.js';
import type { EmbeddedUtterance } from './utterance.js';

/** An utterance as one side of a trial. */
export function heardVoice({ embedding, seconds }: EmbeddedUtterance): Voice {
  return { embeddings: [embedding], seconds };
}

/** What a model heard of an earlier enrollment. */
export function piecesOf(known: Voiceprint | undefined, model: string) {
  return (known?.utterances ?? []).flatMap(({ seconds, embeddings }) => {
    const embedding = embeddings.get(model);
    return embedding === undefined ? [] : [{ embedding, seconds }];
  });
}

export function candidateOf(
  speaker: string,
  trial: Trial | undefined,
  posterior: number | undefined,
): Candidate {
  const { cosine = 0, score = Number.NEGATIVE_INFINITY, llr } = trial ?? {};
  return { speaker, cosine, score, llr, posterior };
}
