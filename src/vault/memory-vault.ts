import { packArchive, unpackArchive } from './archive.js';
import { normalizeSpeaker } from './speaker-name.js';
import type { DamagedVoiceprint, Vault, Voiceprint, VoiceprintSummary } from './types.js';
import { byName, closedVault, unknownSpeaker } from './vault-errors.js';
import { checkVoiceprint, copyVoiceprint, summarize } from './voiceprint-codec.js';

/** Voiceprints that live as long as the page. Nothing is written anywhere. */
export class MemoryVault implements Vault {
  readonly #voiceprints = new Map<string, Voiceprint>();
  #closed = false;

  async put(voiceprint: Voiceprint): Promise<void> {
    this.#refuseClosed();
    const checked = checkVoiceprint(voiceprint);
    this.#voiceprints.set(checked.speaker, checked);
  }

  async get(speaker: string): Promise<Voiceprint | undefined> {
    this.#refuseClosed();
    const voiceprint = this.#voiceprints.get(normalizeSpeaker(speaker));
    return voiceprint && copyVoiceprint(voiceprint);
  }

  async list(): Promise<readonly VoiceprintSummary[]> {
    this.#refuseClosed();
    return Array.from(this.#voiceprints.values(), summarize).sort(byName);
  }

  async findDamaged(): Promise<readonly DamagedVoiceprint[]> {
    this.#refuseClosed();
    return [];
  }

  async removeDamaged(): Promise<number> {
    this.#refuseClosed();
    return 0;
  }

  async remove(speaker: string): Promise<boolean> {
    this.#refuseClosed();
    return this.#voiceprints.delete(normalizeSpeaker(speaker));
  }

  async removeAll(): Promise<void> {
    this.#refuseClosed();
    this.#voiceprints.clear();
  }

  async exportAll(
    passphrase: string,
    speakers?: readonly string[],
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#refuseClosed();
    const names = speakers?.map(normalizeSpeaker) ?? this.#voiceprints.keys();
    const chosen = Array.from(new Set(names), (name) => {
      const voiceprint = this.#voiceprints.get(name);
      if (voiceprint === undefined) throw unknownSpeaker(name);
      return voiceprint;
    });
    return packArchive(chosen, passphrase);
  }

  async importAll(bytes: Uint8Array, passphrase: string): Promise<readonly string[]> {
    this.#refuseClosed();
    const voiceprints = await unpackArchive(bytes, passphrase);
    for (const voiceprint of voiceprints) this.#voiceprints.set(voiceprint.speaker, voiceprint);
    return [...new Set(voiceprints.map(({ speaker }) => speaker))];
  }

  close(): void {
    this.#closed = true;
    this.#voiceprints.clear();
  }

  #refuseClosed(): void {
    if (this.#closed) throw closedVault();
  }
}
