import { afterEach, expect, it, vi } from 'vitest';
import { openModelCache } from './cache.js';

afterEach(() => vi.unstubAllGlobals());

/** The part of the Cache API that is used, over a Map. */
function stubCaches(put?: () => Promise<void>): Map<string, Uint8Array<ArrayBuffer>> {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  const store = {
    match: async (key: string) => {
      const bytes = entries.get(key);
      return bytes === undefined ? undefined : new Response(bytes);
    },
    put:
      put ??
      (async (key: string, response: Response) => {
        entries.set(key, new Uint8Array(await response.arrayBuffer()));
      }),
    delete: async (key: string) => entries.delete(key),
  };
  vi.stubGlobal('caches', { open: async () => store });
  return entries;
}

const address = new URL('https://app.example/m/manifest.json?a=1&b=2');

it('keeps files by hash and manifests by address', async () => {
  const entries = stubCaches();
  const cache = await openModelCache();
  await cache.putFile('ab', Uint8Array.of(1, 2, 3));
  await cache.putManifest(address, '{"name":"ä"}');
  expect(await cache.file('ab')).toEqual(Uint8Array.of(1, 2, 3));
  expect(await cache.manifest(address)).toBe('{"name":"ä"}');
  expect(await cache.manifest(new URL('https://app.example/m/manifest.json'))).toBeUndefined();
  await cache.removeFile('ab');
  expect(await cache.file('ab')).toBeUndefined();
  expect(entries.size).toBe(1);
});

it('does without storage: absent, refused or full', async () => {
  const works = async (): Promise<void> => {
    const cache = await openModelCache();
    await cache.putFile('ab', Uint8Array.of(1));
    await cache.putManifest(address, '{}');
    await cache.removeFile('ab');
    expect(await cache.file('ab')).toBeUndefined();
    expect(await cache.manifest(address)).toBeUndefined();
  };
  vi.stubGlobal('caches', undefined);
  await works();
  vi.stubGlobal('caches', { open: () => Promise.reject(new DOMException('', 'SecurityError')) });
  await works();
  stubCaches(() => Promise.reject(new DOMException('', 'QuotaExceededError')));
  await works();
});
