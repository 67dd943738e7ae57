import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openVault } from './open-vault.js';
import type { SealedRecord, VaultKeys } from './sealing.js';
import type { Vault } from './types.js';
import { testVoiceprint } from './voiceprints.fixture.js';

let databases = 0;
const opened: Vault[] = [];

function freshName() {
  return `device-vault-${databases++}`;
}

async function openDevice(name: string) {
  const vault = await openVault({ name });
  opened.push(vault);
  return vault;
}

/** Looks at a vault's database, or changes it, as somebody with access to the disk could. */
async function tamper<T>(
  name: string,
  work: (records: SealedRecord[], keys: VaultKeys | undefined) => T,
): Promise<T> {
  const database = await openDB(name);
  const records: SealedRecord[] = await database.getAll('voiceprints');
  const result = work(records, await database.get('keys', 'current'));
  await Promise.all(records.map((record) => database.put('voiceprints', record)));
  database.close();
  return result;
}

const coded = (code: string, message = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

afterEach(() => {
  for (const vault of opened.splice(0)) vault.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('what lies on the disk', () => {
  it('holds neither names nor model nor numbers in clear, under keys nobody can read out', async () => {
    const name = freshName();
    const vault = await openDevice(name);
    await vault.put(testVoiceprint('ada lovelace'));
    await tamper(name, (records, keys) => {
      expect(keys?.encryption.extractable).toBe(false);
      expect(keys?.naming.extractable).toBe(false);
      expect(records).toHaveLength(1);
      for (const record of records) {
        expect(Object.keys(record).sort()).toEqual(['format', 'id', 'summary', 'voiceprint']);
        expect(record.id).toMatch(/^[0-9a-f]{64}$/);
        const bytes = Buffer.concat([
          Buffer.from(record.summary.bytes),
          Buffer.from(record.voiceprint.bytes),
        ]);
        for (const secret of ['ada', 'default', 'abab', 'embedding']) {
          expect(bytes.includes(secret)).toBe(false);
        }
      }
    });
  });

  it('does not tell the length of a name', async () => {
    const name = freshName();
    const vault = await openDevice(name);
    await vault.put(testVoiceprint('a'));
    await vault.put(testVoiceprint('somebody with a much longer name'));
    const sizes = await tamper(name, (records) =>
      records.map(({ summary }) => summary.bytes.byteLength),
    );
    expect(new Set(sizes).size).toBe(1);
  });

  it('never has the same nonce twice', async () => {
    const name = freshName();
    const vault = await openDevice(name);
    const nonces = new Set<string>();
    for (let i = 0; i < 10; i++) {
      await vault.put(testVoiceprint('ada'));
      await tamper(name, ([record]) => {
        nonces.add(String(record?.summary.iv)).add(String(record?.voiceprint.iv));
        expect(record?.summary.iv).toHaveLength(12);
      });
    }
    expect(nonces.size).toBe(20);
  });

  it('survives the page', async () => {
    const name = freshName();
    const first = await openDevice(name);
    await first.put(testVoiceprint('ada'));
    first.close();
    expect(await (await openDevice(name)).get('ada')).toEqual(testVoiceprint('ada'));
  });

  it('is useless after removeAll, also from a copy made before', async () => {
    const name = freshName();
    const vault = await openDevice(name);
    await vault.put(testVoiceprint('ada'));
    const copy = await tamper(name, (records) => structuredClone(records));
    await vault.removeAll();
    await tamper(name, (records, keys) => {
      expect(records).toEqual([]);
      expect(keys).toBeUndefined();
      records.push(...copy);
    });
    await vault.put(testVoiceprint('bob'));
    expect((await vault.list()).map(({ speaker }) => speaker)).toEqual(['bob']);
    expect(await vault.get('ada')).toBeUndefined();
    expect(await vault.findDamaged()).toEqual([{ speaker: undefined }]);
  });
});

describe('damage', () => {
  async function threePeople() {
    const name = freshName();
    const vault = await openDevice(name);
    const ids = new Map<string, string>();
    for (const speaker of ['ada', 'bob', 'carl']) {
      await vault.put(testVoiceprint(speaker));
      await tamper(name, (records) => {
        for (const { id } of records) if (![...ids.values()].includes(id)) ids.set(speaker, id);
      });
    }
    const change = (speaker: string, work: (record: SealedRecord) => SealedRecord) =>
      tamper(name, (records) => {
        records.forEach((record, i) => {
          if (record.id === ids.get(speaker)) records[i] = work(record);
        });
      });
    return { name, vault, change };
  }

  const flipped = (bytes: ArrayBuffer) => {
    const copy = new Uint8Array(bytes.slice(0));
    copy[5] = (copy[5] ?? 0) ^ 1;
    return copy.buffer;
  };

  it('that somebody mends while it is looked for is not removed', async () => {
    const { vault, change } = await threePeople();
    await change('bob', (record) => ({
      ...record,
      voiceprint: { ...record.voiceprint, bytes: new ArrayBuffer(0) },
    }));
    const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
    let mended = false;
    const slow = vi.spyOn(crypto.subtle, 'decrypt').mockImplementation(async (...sealed) => {
      if (!mended) {
        mended = true;
        await vault.put(testVoiceprint('bob'));
      }
      return decrypt(...sealed);
    });
    const removed = await vault.removeDamaged();
    slow.mockRestore();
    expect(removed).toBe(0);
    expect(await vault.get('bob')).toEqual(testVoiceprint('bob'));
  });

  it.each([
    ['altered', (bytes: ArrayBuffer) => flipped(bytes)],
    ['truncated', (bytes: ArrayBuffer) => bytes.slice(0, 100)],
    ['emptied', () => new ArrayBuffer(0)],
  ])('to one (%s) names them and leaves the others readable', async (_, spoil) => {
    const { vault, change } = await threePeople();
    await change('bob', (record) => ({
      ...record,
      voiceprint: { ...record.voiceprint, bytes: spoil(record.voiceprint.bytes) },
    }));
    await expect(vault.get('bob')).rejects.toThrow(coded('vault/damaged', /"bob"/));
    expect(await vault.get('ada')).toEqual(testVoiceprint('ada'));
    expect((await vault.list()).map(({ speaker }) => speaker)).toEqual(['ada', 'bob', 'carl']);
    expect(await vault.findDamaged()).toEqual([{ speaker: 'bob' }]);
    await expect(vault.exportAll('long passphrase')).rejects.toThrow(
      coded('vault/damaged', /"bob"/),
    );
    expect(await vault.removeDamaged()).toBe(1);
    expect(await vault.findDamaged()).toEqual([]);
    expect((await vault.list()).map(({ speaker }) => speaker)).toEqual(['ada', 'carl']);
  });

  it('to a name leaves the others listable, and the person can enroll again', async () => {
    const { vault, change } = await threePeople();
    await change('bob', (record) => ({
      ...record,
      summary: { ...record.summary, bytes: flipped(record.summary.bytes) },
    }));
    expect((await vault.list()).map(({ speaker }) => speaker)).toEqual(['ada', 'carl']);
    await expect(vault.get('bob')).rejects.toThrow(coded('vault/damaged', /"bob"/));
    expect(await vault.findDamaged()).toEqual([{ speaker: undefined }]);
    await vault.put(testVoiceprint('bob'));
    expect(await vault.get('bob')).toEqual(testVoiceprint('bob'));
  });

  it('by exchanging two records, or parts of them, is found out', async () => {
    const { vault, change } = await threePeople();
    const found: SealedRecord[] = [];
    await change('ada', (record) => {
      found.push(record);
      return record;
    });
    const [ada] = found;
    if (ada === undefined) throw new Error('no record');
    await change('bob', (record) => ({ ...record, voiceprint: ada.voiceprint }));
    await expect(vault.get('bob')).rejects.toThrow(coded('vault/damaged'));
    await change('bob', (record) => ({ ...ada, id: record.id }));
    await expect(vault.get('bob')).rejects.toThrow(coded('vault/damaged'));
  });

  it('by a record of another shape is found out', async () => {
    const { vault, change } = await threePeople();
    await change('bob', ({ id }) => ({ id }) as SealedRecord);
    await expect(vault.get('bob')).rejects.toThrow(coded('vault/damaged', /"bob"/));
    expect(await vault.list()).toHaveLength(2);
  });
});

describe('two tabs', () => {
  it('that enroll at once end with the same keys', async () => {
    const name = freshName();
    const tabs = await Promise.all([openDevice(name), openDevice(name), openDevice(name)]);
    await Promise.all(tabs.map((tab, i) => tab.put(testVoiceprint(`person ${i}`))));
    for (const tab of tabs) {
      expect(await tab.list()).toHaveLength(3);
      expect(await tab.findDamaged()).toEqual([]);
    }
  });

  it('stay readable when one deletes all while the other enrolls', async () => {
    const name = freshName();
    const [one, other] = [await openDevice(name), await openDevice(name)];
    await one.put(testVoiceprint('ada'));
    await Promise.all([
      other.removeAll(),
      one.put(testVoiceprint('bob')),
      other.removeAll(),
      one.put(testVoiceprint('carl')),
    ]);
    expect(await one.findDamaged()).toEqual([]);
    for (const { speaker } of await one.list()) expect(await other.get(speaker)).toBeDefined();
  });

  it('do not stand in the way of deleting the database, and work on afterwards', async () => {
    const name = freshName();
    const vault = await openDevice(name);
    await vault.put(testVoiceprint('ada'));
    await deleteDB(name);
    expect(await vault.get('ada')).toBeUndefined();
    await vault.put(testVoiceprint('bob'));
    expect(await vault.list()).toHaveLength(1);
  });

  it('of which one runs a newer release: the older says so', async () => {
    const name = freshName();
    (await openDB(name, 7)).close();
    await expect(openVault({ name })).rejects.toThrow(coded('vault/unavailable', /newer release/));
  });
});

describe('storage that fails', () => {
  const failingPut = (errorName: string) =>
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('the disk is full', errorName);
    });

  it('without room: vault/quota, and the old voiceprint is still there', async () => {
    const vault = await openDevice(freshName());
    await vault.put(testVoiceprint('ada'));
    failingPut('QuotaExceededError');
    await expect(
      vault.put(testVoiceprint('ada', { createdAt: '2026-01-01T00:00:00.000Z' })),
    ).rejects.toThrow(coded('vault/quota'));
    vi.restoreAllMocks();
    expect(await vault.get('ada')).toEqual(testVoiceprint('ada'));
  });

  it('at the second of three imported people: none is imported, none overwritten', async () => {
    const vault = await openDevice(freshName());
    const other = await openVault({ storage: 'memory' });
    for (const name of ['ada', 'bob', 'carl']) {
      await other.put(testVoiceprint(name, { createdAt: '2026-01-01T00:00:00.000Z' }));
    }
    const file = await other.exportAll('long passphrase');
    await vault.put(testVoiceprint('ada'));
    const put = IDBObjectStore.prototype.put;
    let calls = 0;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
    ) {
      if (++calls === 2) throw new DOMException('the disk is full', 'QuotaExceededError');
      return put.call(this, value);
    });
    await expect(vault.importAll(file, 'long passphrase')).rejects.toThrow(coded('vault/quota'));
    vi.restoreAllMocks();
    expect(await vault.list()).toHaveLength(1);
    expect(await vault.get('ada')).toEqual(testVoiceprint('ada'));
  });

  it('is quota too when the browser aborts the transaction at its end', async () => {
    const vault = await openDevice(freshName());
    await vault.put(testVoiceprint('ada'));
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
    ) {
      const request = put.call(this, value);
      Object.defineProperty(this.transaction, 'error', {
        value: new DOMException('no room', 'QuotaExceededError'),
      });
      queueMicrotask(() => this.transaction.abort());
      return request;
    });
    await expect(vault.put(testVoiceprint('bob'))).rejects.toThrow(coded('vault/quota'));
    vi.restoreAllMocks();
    expect(await vault.list()).toHaveLength(1);
  });

  it('because it is blocked: vault/unavailable with a way out', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    await expect(openVault({ name: freshName() })).rejects.toThrow(
      coded('vault/unavailable', /private browsing/),
    );
  });

  it('because there is none: vault/unavailable with a way out', async () => {
    vi.stubGlobal('indexedDB', undefined);
    await expect(openVault({ name: freshName() })).rejects.toThrow(
      coded('vault/unavailable', /'memory'/),
    );
  });

  it('because the page is not secure: vault/unavailable names https', async () => {
    vi.stubGlobal('crypto', {});
    await expect(openVault({ name: freshName() })).rejects.toThrow(
      coded('vault/unavailable', /https/),
    );
  });

  it('because keys cannot be stored there: vault/unavailable, nothing half written', async () => {
    const vault = await openDevice(freshName());
    failingPut('DataCloneError');
    await expect(vault.put(testVoiceprint('ada'))).rejects.toThrow(coded('vault/unavailable'));
    vi.restoreAllMocks();
    expect(await vault.list()).toEqual([]);
    await vault.put(testVoiceprint('ada'));
    expect(await vault.list()).toHaveLength(1);
  });
});
