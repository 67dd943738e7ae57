import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openVault } from './open-vault.js';
import type { Vault } from './types.js';
import { TEST_MODEL, testVoiceprint } from './voiceprints.fixture.js';

let databases = 0;
const opened: Vault[] = [];

async function freshVault(storage: 'device' | 'memory', name = `vault-${databases++}`) {
  const vault = await openVault({ name, storage });
  opened.push(vault);
  return vault;
}

const uttered = (embedding: Float32Array, seconds = 2) => ({
  seconds,
  embeddings: new Map([[TEST_MODEL, embedding]]),
});

afterEach(() => {
  for (const vault of opened.splice(0)) vault.close();
  vi.restoreAllMocks();
});

describe.each(['device', 'memory'] as const)('a vault of storage %s', (storage) => {
  it('gives back what was put in, as a copy', async () => {
    const vault = await freshVault(storage);
    const ada = testVoiceprint('ada');
    const original = structuredClone(ada);
    await vault.put(ada);
    ada.utterances[0]?.embeddings.get(TEST_MODEL)?.fill(0);
    expect(await vault.get('ada')).toEqual(original);
    (await vault.get('ada'))?.utterances[0]?.embeddings.get(TEST_MODEL)?.fill(0);
    expect(await vault.get('ada')).toEqual(original);
  });

  it('keeps the embeddings of a streaming model, in files too, and needs none', async () => {
    const vault = await freshVault(storage);
    const ada = testVoiceprint('ada');
    const [first, ...rest] = ada.utterances;
    if (first === undefined) throw new Error('unreachable');
    const other = 'cd'.repeat(32);
    const withOther = (values: Float32Array) => ({
      ...first,
      embeddings: new Map([...first.embeddings, [other, values]]),
    });
    const both = {
      ...ada,
      models: [...ada.models, { name: 'streaming', sha256: other }],
      utterances: [withOther(Float32Array.of(1, -2, 3)), ...rest],
    };
    await vault.put(both);
    expect(await vault.get('ada')).toEqual(both);
    const file = await vault.exportAll('correct horse battery');
    await vault.removeAll();
    await vault.importAll(file, 'correct horse battery');
    expect(await vault.get('ada')).toEqual(both);
    await expect(vault.put({ ...both, models: ada.models })).rejects.toMatchObject({
      code: 'verifier/invalid',
    });
    await expect(
      vault.put({
        ...both,
        utterances: [...both.utterances, withOther(Float32Array.of(1))],
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('3 and 1 values') });
  });

  it('knows nobody at first', async () => {
    const vault = await freshVault(storage);
    expect(await vault.get('ada')).toBeUndefined();
    expect(await vault.list()).toEqual([]);
    expect(await vault.remove('ada')).toBe(false);
    await vault.removeAll();
  });

  it('finds a name however it was typed', async () => {
    const vault = await freshVault(storage);
    await vault.put(testVoiceprint('Jose\u0301 '));
    expect((await vault.get(' Jos\u00e9'))?.speaker).toBe('Jos\u00e9');
    const nine = { seconds: 9, embeddings: new Map([[TEST_MODEL, Float32Array.of(1)]]) };
    await vault.put(testVoiceprint('Jos\u00e9', { utterances: [nine] }));
    expect((await vault.list()).map(({ speechSeconds }) => speechSeconds)).toEqual([9]);
  });

  it.each(['__proto__', 'constructor', 'toString', '😀'.repeat(200)])(
    'keeps a person called %s like any other',
    async (name) => {
      const vault = await freshVault(storage);
      expect(await vault.get(name)).toBeUndefined();
      await vault.put(testVoiceprint(name));
      expect((await vault.get(name))?.speaker).toBe(name);
      expect(({} as Record<string, unknown>).modelName).toBeUndefined();
    },
  );

  it('lists by name, without embeddings', async () => {
    const vault = await freshVault(storage);
    for (const name of ['carl', 'ada', 'bob']) await vault.put(testVoiceprint(name));
    expect(await vault.list()).toEqual(
      ['ada', 'bob', 'carl'].map((speaker) => ({
        speaker,
        models: [{ name: 'default', sha256: TEST_MODEL }],
        utterances: 2,
        speechSeconds: 6,
        createdAt: '2026-11-21T11:00:00.000Z',
        updatedAt: '2026-11-21T11:30:00.000Z',
        readable: true,
      })),
    );
  });

  it('forgets one, and all', async () => {
    const vault = await freshVault(storage);
    await vault.put(testVoiceprint('ada'));
    await vault.put(testVoiceprint('bob'));
    expect(await vault.remove('ada')).toBe(true);
    expect(await vault.get('ada')).toBeUndefined();
    await vault.removeAll();
    expect(await vault.list()).toEqual([]);
    await vault.put(testVoiceprint('eve'));
    expect((await vault.list()).map(({ speaker }) => speaker)).toEqual(['eve']);
  });

  it.each([
    ['embedding', { utterances: [uttered(new Float32Array())] }, /embeddings/],
    ['NaN', { utterances: [uttered(Float32Array.of(1, Number.NaN))] }, /finite/],
    ['zeros', { utterances: [uttered(new Float32Array(4))] }, /other than zero/],
    ['hash', { models: [{ name: 'x', sha256: 'abc' }] }, /models/],
    ['seconds', { utterances: [uttered(Float32Array.of(1), -1)] }, /seconds/],
    ['date', { createdAt: 'yesterday' }, /createdAt/],
    ['name', { speaker: ' ' }, /nothing visible/],
  ])('refuses a voiceprint with a bad %s and keeps the old one', async (_, bad, message) => {
    const vault = await freshVault(storage);
    await vault.put(testVoiceprint('ada'));
    await expect(vault.put(testVoiceprint('ada', bad))).rejects.toThrow(
      expect.objectContaining({
        code: 'verifier/invalid',
        message: expect.stringMatching(message),
      }),
    );
    expect((await vault.get('ada'))?.utterances).toHaveLength(2);
  });

  it('exports and imports all or chosen people', async () => {
    const vault = await freshVault(storage);
    for (const name of ['ada', 'bob', '__proto__']) await vault.put(testVoiceprint(name));
    const all = await vault.exportAll('long passphrase');
    const bob = await vault.exportAll('long passphrase', ['bob', ' bob']);
    const other = await freshVault(storage === 'device' ? 'memory' : 'device');
    expect(await other.importAll(bob, 'long passphrase')).toEqual(['bob']);
    expect((await other.list()).map(({ speaker }) => speaker)).toEqual(['bob']);
    await other.importAll(all, 'long passphrase');
    expect(await other.get('ada')).toEqual(testVoiceprint('ada'));
    expect(await other.list()).toHaveLength(3);
    await expect(vault.exportAll('long passphrase', ['eve'])).rejects.toThrow(
      expect.objectContaining({ code: 'vault/unknown-speaker' }),
    );
  });

  it('says that it was closed', async () => {
    const vault = await freshVault(storage);
    vault.close();
    vault.close();
    await expect(vault.list()).rejects.toThrow(
      expect.objectContaining({
        code: 'vault/unavailable',
        message: expect.stringMatching(/closed/),
      }),
    );
  });
});
