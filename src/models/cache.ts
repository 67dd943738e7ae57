/** Bytes that survive a reload. Every method works without storage too: it then finds nothing. */
export interface ModelCache {
  /** A file by its SHA-256. The bytes are as they were stored: hash them before use. */
  file(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  putFile(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  removeFile(sha256: string): Promise<void>;
  /** The text of the manifest that was last read from an address. */
  manifest(address: URL): Promise<string | undefined>;
  putManifest(address: URL, text: string): Promise<void>;
}

/** Name of the store in the Cache API; the number changes when its layout does. */
const CACHE_NAME = 'voiceprint-web-models-1';

/** Keys of the Cache API must be addresses; this host can never be reached (RFC 2606). */
const KEY_ROOT = 'https://voiceprint-web.invalid';

/**
 * The Cache API store of models, keyed by SHA-256, so that one file under two addresses is kept
 * once. Where there is no Cache API (plain http, some private modes, Node) or it refuses, models
 * are downloaded each time instead.
 */
export async function openModelCache(): Promise<ModelCache> {
  const store = await globalThis.caches?.open(CACHE_NAME).catch(() => undefined);
  return store === undefined ? NO_CACHE : cacheIn(store);
}

/** A cache that keeps nothing. */
export const NO_CACHE: ModelCache = {
  file: async () => undefined,
  putFile: async () => undefined,
  removeFile: async () => undefined,
  manifest: async () => undefined,
  putManifest: async () => undefined,
};

function cacheIn(store: Cache): ModelCache {
  const fileKey = (sha256: string): string => `${KEY_ROOT}/sha256/${sha256}`;
  const manifestKey = (address: URL): string =>
    `${KEY_ROOT}/manifest?address=${encodeURIComponent(address.href)}`;
  // A full disk or a store that was evicted under us costs a download, never the verifier.
  const put = (key: string, body: BodyInit): Promise<void> =>
    store.put(key, new Response(body)).catch(() => undefined);
  const match = (key: string): Promise<Response | undefined> =>
    store.match(key).catch(() => undefined);
  return {
    async file(sha256) {
      const buffer = await (await match(fileKey(sha256)))?.arrayBuffer().catch(() => undefined);
      return buffer === undefined ? undefined : new Uint8Array(buffer);
    },
    putFile: (sha256, bytes) => put(fileKey(sha256), bytes),
    async removeFile(sha256) {
      await store.delete(fileKey(sha256)).catch(() => false);
    },
    manifest: async (address) => (await match(manifestKey(address)))?.text().catch(() => undefined),
    putManifest: (address, text) => put(manifestKey(address), text),
  };
}
