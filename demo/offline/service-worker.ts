/**
 * Keeps the site on the device, so that it opens without a network. Responses are kept as they
 * came, headers included: threads need the isolation headers on the kept page too.
 */

/** Paths of the build, put in by `list-files.ts`. */
declare const BUILT_FILES: { readonly first: readonly string[]; readonly all: readonly string[] };

interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lifetime {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lifetime) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}
// TypeScript's types for service workers and for pages exclude each other.
declare const self: Scope;

export {};

const CACHE = 'voiceprint-demo';
const HOME = new URL('./', location.href).href;
const address = (path: string): string => new URL(path, HOME).href;

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(HOME)) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  // Models are kept by the library itself, under their hash.
  else if (request.url.startsWith(address('assets/')) && !request.url.endsWith('.onnx')) {
    event.respondWith(asset(request));
  }
});

/** Takes what every visit needs; engine and model follow when the page has chosen its backend. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = BUILT_FILES.first.map(address).filter((url) => !kept.has(url));
  await cache.addAll([new Request(HOME, { cache: 'no-cache' }), ...missing]);
  await self.skipWaiting();
}

/** Names carry hashes, so what is still built is still right: only the rest goes. */
async function activate(): Promise<void> {
  const cache = await caches.open(CACHE);
  const built = new Set([HOME, ...BUILT_FILES.all.map(address)]);
  const stale = (await cache.keys()).filter(({ url }) => !built.has(url));
  await Promise.all(stale.map((request) => cache.delete(request)));
  await self.clients.claim();
}

async function page(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(HOME, response.clone());
    return response;
  } catch (cause) {
    const kept = await cache.match(HOME);
    if (kept === undefined) throw cause;
    return kept;
  }
}

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.status === 200) await cache.put(request.url, response.clone());
  return response;
}
