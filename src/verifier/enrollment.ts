import type { MicrophoneSettings } from '../audio/types.js';
import type { Model } from '../models/model.js';
import type { Voiceprint } from '../vault/types.js';
import type { EmbeddedUtterance } from './utterance.js';

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
