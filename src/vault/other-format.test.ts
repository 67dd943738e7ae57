import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it } from 'vitest';
import { openVault } from './open-vault.js';
import { recordId, type SealedRecord, type VaultKeys } from './sealing.js';
import type { Vault } from './types.js';
import { testVoiceprint } from './voiceprints.fixture.js';

const NAME = 'vault-of-an-older-release';
let vault: Vault | undefined;

afterEach(() => {
  vault?.close();
  vault = undefined;
});

/** A record as format 1 had it: one embedding per utterance, a streaming one beside it. */
async function storeFormat1(speaker: string): Promise<void> {
  const database = await openDB(NAME);
  const keys: VaultKeys = await database.get('keys', 'current');
  const id = await recordId(keys, speaker);
  const facts = {
    speaker,
    modelName: 'default',
    modelSha256: 'ab'.repeat(32),
    speechSeconds: 6,
    createdAt: '2026-11-21T11:00:00.000Z',
    updatedAt: '2026-11-21T11:30:00.000Z',
  };
  const seal = async (json: unknown, context: readonly unknown[]) => {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const algorithm = { name: 'AES-GCM', iv, additionalData: bytes(context) };
    return { iv, bytes: await crypto.subtle.encrypt(algorithm, keys.encryption, bytes(json)) };
  };
  const record: SealedRecord = {
    id,
    summary: await seal({ ...facts, utterances: 2 }, [1, 'summary', id]),
    voiceprint: await seal({ ...facts, embedding: 'AACAPw==', utterances: [] }, [
      1,
      'voiceprint',
      id,
      speaker,
      facts.modelSha256,
    ]),
  };
  await database.put('voiceprints', record);
  database.close();
}

describe('a record of format 1', () => {
  it('is told by its code, listed, and neither damaged nor lost', async () => {
    vault = await openVault({ name: NAME });
    await vault.put(testVoiceprint('ada'));
    await storeFormat1('ben');
    await expect(vault.get('ben')).rejects.toMatchObject({
      code: 'vault/unsupported',
      message: expect.stringMatching(/"ben" has format 1.*format 2.*replace: true/),
    });
    expect(await vault.list()).toMatchObject([
      { speaker: 'ada', readable: true },
      { speaker: 'ben', readable: false, models: [{ name: 'default' }], utterances: 2 },
    ]);
    expect(await vault.findDamaged()).toEqual([]);
    expect(await vault.removeDamaged()).toBe(0);
    await expect(vault.get('ben')).rejects.toMatchObject({ code: 'vault/unsupported' });
    // Enrolled anew, it is of this format.
    await vault.put(testVoiceprint('ben'));
    expect(await vault.get('ben')).toEqual(testVoiceprint('ben'));
    expect(await vault.get('ada')).toEqual(testVoiceprint('ada'));
  });
});
