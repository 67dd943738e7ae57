import { VoiceprintError } from '../errors.js';
import { packArchive, unpackArchive } from './archive.js';
import {
  createKeys,
  openSummary,
  openVoiceprint,
  recordId,
  type SealedRecord,
  sealVoiceprint,
  type VaultKeys,
} from './sealing.js';
import { normalizeSpeaker } from './speaker-name.js';
import type { DamagedVoiceprint, Vault, Voiceprint, VoiceprintSummary } from './types.js';
import { CURRENT_KEYS, VaultDatabase } from './vault-database.js';
import { byName, damagedVoiceprint, otherFormat, unknownSpeaker } from './vault-errors.js';
import { checkVoiceprint } from './voiceprint-codec.js';

/** How often a write is tried again because another tab shredded the keys in the meantime. */
const WRITE_ATTEMPTS = 4;

/** Voiceprints in IndexedDB, encrypted: `sealing.ts` says what is in clear and what is not. */
export class DeviceVault implements Vault {
  readonly #database: VaultDatabase;

  constructor(name: string) {
    this.#database = new VaultDatabase(name);
  }

  /** Fails early where there is no storage, rather than after somebody has enrolled. */
  async probe(): Promise<void> {
    await this.#readKeys();
  }

  async put(voiceprint: Voiceprint): Promise<void> {
    await this.#write([checkVoiceprint(voiceprint)]);
  }

  async get(speaker: string): Promise<Voiceprint | undefined> {
    const name = normalizeSpeaker(speaker);
    const keys = await this.#readKeys();
    if (keys === undefined) return undefined;
    const id = await recordId(keys, name);
    const record = await this.#database.transact('readonly', (transaction) =>
      transaction.objectStore('voiceprints').get(id),
    );
    if (record === undefined) return undefined;
    try {
      const summary = await openSummary(keys, record);
      if (!summary.readable) {
        throw otherFormat(
          `the stored voiceprint of ${JSON.stringify(name)}`,
          record.format ?? 1,
          'enroll again with { replace: true }, or use the release that stored it',
        );
      }
      return await openVoiceprint(keys, record, summary);
    } catch (cause) {
      if (cause instanceof VoiceprintError && cause.code === 'vault/unsupported') throw cause;
      throw damagedVoiceprint(name, cause);
    }
  }

  async list(): Promise<readonly VoiceprintSummary[]> {
    const { keys, records } = await this.#readAll();
    if (keys === undefined) return [];
    const opened = await Promise.allSettled(records.map((record) => openSummary(keys, record)));
    return opened
      .flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      .sort(byName);
  }

  async findDamaged(): Promise<readonly DamagedVoiceprint[]> {
    return (await this.#damagedRecords()).map(({ speaker }) => ({ speaker }));
  }

  async removeDamaged(): Promise<number> {
    const damaged = await this.#damagedRecords();
    return this.#database.transact('readwrite', async (transaction) => {
      const store = transaction.objectStore('voiceprints');
      let removed = 0;
      for (const { id, nonce } of damaged) {
        const now = await store.get(id);
        // Enrolled anew since it was looked at: each write has a nonce of its own.
        if (now === undefined || nonceOf(now) !== nonce) continue;
        await store.delete(id);
        removed++;
      }
      return removed;
    });
  }

  async remove(speaker: string): Promise<boolean> {
    const name = normalizeSpeaker(speaker);
    const keys = await this.#readKeys();
    if (keys === undefined) return false;
    const id = await recordId(keys, name);
    return this.#database.transact('readwrite', async (transaction) => {
      const store = transaction.objectStore('voiceprints');
      const known = (await store.getKey(id)) !== undefined;
      if (known) await store.delete(id);
      return known;
    });
  }

  async removeAll(): Promise<void> {
    await this.#database.transact('readwrite', async (transaction) => {
      await Promise.all([
        transaction.objectStore('keys').clear(),
        transaction.objectStore('voiceprints').clear(),
      ]);
    });
  }

  async exportAll(
    passphrase: string,
    speakers?: readonly string[],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const names = speakers ?? (await this.list()).map(({ speaker }) => speaker);
    const chosen: Voiceprint[] = [];
    for (const name of new Set(names.map(normalizeSpeaker))) {
      const voiceprint = await this.get(name);
      if (voiceprint === undefined) throw unknownSpeaker(name);
      chosen.push(voiceprint);
    }
    return packArchive(chosen, passphrase);
  }

  async importAll(bytes: Uint8Array, passphrase: string): Promise<readonly string[]> {
    const voiceprints = await unpackArchive(bytes, passphrase);
    await this.#write(voiceprints);
    return [...new Set(voiceprints.map(({ speaker }) => speaker))];
  }

  close(): void {
    this.#database.close();
  }

  /**
   * Stores all or none. Encryption cannot run inside an IndexedDB transaction, so the transaction
   * checks that the keys are still those that were encrypted under.
   */
  async #write(voiceprints: readonly Voiceprint[]): Promise<void> {
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      const keys = await this.#ensureKeys();
      const records = await Promise.all(
        voiceprints.map((voiceprint) => sealVoiceprint(keys, voiceprint)),
      );
      const written = await this.#database.transact('readwrite', async (transaction) => {
        const current = await transaction.objectStore('keys').get(CURRENT_KEYS);
        if (current?.generation !== keys.generation) return false;
        const store = transaction.objectStore('voiceprints');
        // Async, so that a put that throws at once leaves no other rejection behind.
        await Promise.all(records.map(async (record) => store.put(record)));
        return true;
      });
      if (written) return;
    }
    throw new VoiceprintError(
      'vault/unavailable',
      'another tab keeps deleting all voiceprints; nothing was stored: close the other tabs and try again',
    );
  }

  async #readKeys(): Promise<VaultKeys | undefined> {
    return this.#database.transact('readonly', (transaction) =>
      transaction.objectStore('keys').get(CURRENT_KEYS),
    );
  }

  /** The keys, made if there are none. Of two tabs that make them at once, the first one wins. */
  async #ensureKeys(): Promise<VaultKeys> {
    const known = await this.#readKeys();
    if (known !== undefined) return known;
    const fresh = await createKeys();
    return this.#database.transact('readwrite', async (transaction) => {
      const store = transaction.objectStore('keys');
      const first = await store.get(CURRENT_KEYS);
      if (first !== undefined) return first;
      await store.put(fresh, CURRENT_KEYS);
      return fresh;
    });
  }

  #readAll(): Promise<{ keys: VaultKeys | undefined; records: SealedRecord[] }> {
    return this.#database.transact('readonly', async (transaction) => {
      const [keys, records] = await Promise.all([
        transaction.objectStore('keys').get(CURRENT_KEYS),
        transaction.objectStore('voiceprints').getAll(),
      ]);
      return { keys, records };
    });
  }

  async #damagedRecords(): Promise<readonly DamagedRecord[]> {
    const { keys, records } = await this.#readAll();
    const damaged: DamagedRecord[] = [];
    for (const record of records) {
      let speaker: string | undefined;
      try {
        // Records without keys cannot be opened by anyone any more.
        if (keys === undefined) throw new TypeError('no keys');
        const summary = await openSummary(keys, record);
        speaker = summary.speaker;
        // A record of another release is no damage: it must not be removed as such.
        if (summary.readable) await openVoiceprint(keys, record, summary);
      } catch {
        damaged.push({ id: record.id, nonce: nonceOf(record), speaker });
      }
    }
    return damaged;
  }
}

interface DamagedRecord {
  readonly id: string;
  readonly nonce: string;
  readonly speaker: string | undefined;
}

/** Tells one write of a record from the next; a damaged record may lack every part. */
function nonceOf({ summary }: Partial<SealedRecord>): string {
  return String(summary?.iv);
}
