import { VoiceprintError } from '../errors.js';
import type { Model } from '../models/model.js';
import { normalizeSpeaker } from '../vault/speaker-name.js';
import type { Vault, Voiceprint, VoiceprintSummary } from '../vault/types.js';
import { isComparable } from '../vault/voice.js';
import type { EnrolledSpeaker } from './types.js';

/** The voiceprints of a vault that one model can be compared with. */
export interface KnownSpeakers {
  /**
   * The voiceprint of a speaker, if there is one.
   *
   * @throws VoiceprintError `model/mismatch` when another model made it.
   */
  comparable(speaker: string): Promise<Voiceprint | undefined>;
  /**
   * The voiceprint of a speaker who has to be enrolled.
   *
   * @throws VoiceprintError `vault/unknown-speaker`; `model/mismatch` as {@link comparable}.
   */
  known(speaker: string): Promise<Voiceprint>;
  /** Everyone who can be compared; damaged records and those of other models are left out. */
  everyone(): Promise<readonly Voiceprint[]>;
}

export function createKnownSpeakers(
  vault: Vault,
  model: Pick<Model, 'name' | 'sha256'>,
): KnownSpeakers {
  const comparable = async (speaker: string): Promise<Voiceprint | undefined> => {
    const voiceprint = await vault.get(speaker);
    if (voiceprint !== undefined && !isComparable(voiceprint, model.sha256)) {
      const makers = voiceprint.models.map(({ name, sha256 }) => `${name} (${sha256.slice(0, 8)})`);
      throw new VoiceprintError(
        'model/mismatch',
        `"${speaker}" was enrolled with model ${makers.join(', ')}, this is ${model.name} (${model.sha256.slice(0, 8)}); voiceprints of two models cannot be compared: they must enroll again, with { replace: true }`,
      );
    }
    return voiceprint;
  };
  return {
    comparable,
    async known(speaker) {
      const voiceprint = await comparable(speaker);
      if (voiceprint !== undefined) return voiceprint;
      throw new VoiceprintError(
        'vault/unknown-speaker',
        `nobody is enrolled as "${speaker}"; enroll them first or look at list()`,
      );
    },
    async everyone() {
      const voiceprints: Voiceprint[] = [];
      for (const summary of await vault.list()) {
        if (!summary.readable || !isComparable(summary, model.sha256)) continue;
        const voiceprint = await readable(vault, summary.speaker);
        if (voiceprint !== undefined) voiceprints.push(voiceprint);
      }
      return voiceprints;
    },
  };
}

/** A voiceprint, or undefined when its record is damaged: the others can still be compared. */
async function readable(vault: Vault, speaker: string): Promise<Voiceprint | undefined> {
  try {
    return await vault.get(speaker);
  } catch (error) {
    if (error instanceof VoiceprintError && error.code === 'vault/damaged') return undefined;
    throw error;
  }
}

/**
 * Names in their stored form, without repetition.
 *
 * @throws VoiceprintError `verifier/invalid` for none, or for what is no name.
 */
export function speakerNames(speakers: string | readonly string[]): readonly string[] {
  const names = typeof speakers === 'string' ? [speakers] : speakers;
  if (!Array.isArray(names) || names.length === 0) {
    throw new VoiceprintError(
      'verifier/invalid',
      `speakers are ${Array.isArray(names) ? 'an empty list' : String(names)}; give names, or leave them out to listen for everyone who is enrolled`,
    );
  }
  return [...new Set(names.map((name) => normalizeSpeaker(name)))];
}

/**
 * A line of the vault as `list()` tells of it.
 *
 * @param model - Hash of the model that decides.
 */
export function enrolledSpeaker(entry: VoiceprintSummary, model: string): EnrolledSpeaker {
  const { speaker, utterances, speechSeconds, createdAt, updatedAt, models, readable } = entry;
  return {
    speaker,
    utterances,
    speechSeconds,
    createdAt,
    updatedAt,
    modelName: models[0]?.name ?? '',
    comparable: readable && isComparable(entry, model),
  };
}
