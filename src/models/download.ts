import { VoiceprintError } from '../errors.js';
import { stopIfAborted } from '../lifetime/ended.js';
import { isNode } from '../platform/environment.js';
import { type ModelCache, NO_CACHE, openModelCache } from './cache.js';
import { fetchBytes, UnreachableError } from './download-fetch.js';
import { sha256 } from './download-hash.js';
import { isModelFiles, type ModelFiles, readGivenFile } from './given-files.js';
import { type Manifest, type ManifestFile, parseManifest } from './manifest.js';
import { locateModel, type ModelLocation, speechDetectorUrl } from './registry.js';
import { locateModelInNode, speechDetectorUrlInNode } from './registry-node.js';

/** How far a download is. */
export interface DownloadProgress {
  readonly stage: 'manifest' | 'model';
  /** 0 to 1 within the stage. */
  readonly done: number;
  readonly bytes?: number;
  readonly totalBytes?: number;
  /** True when every byte so far came from the local cache. */
  readonly cached?: boolean;
}

/** Options of {@link openModel}. */
export interface OpenModelOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The Cache API by default; false keeps nothing; a cache of one's own for tests. */
  readonly cache?: boolean | ModelCache | undefined;
  /** What relative addresses are relative to. @defaultValue the document or worker */
  readonly base?: string | undefined;
}

/** A model whose every byte was checked. */
export interface OpenedModel {
  readonly manifest: Manifest;
  /** Bytes under the names of `manifest.files`. */
  readonly files: { readonly model: Uint8Array<ArrayBuffer> } & Readonly<
    Record<string, Uint8Array<ArrayBuffer>>
  >;
}

/** A manifest of this size is not a manifest. */
const MANIFEST_LIMIT = 16 * 2 ** 20;

/**
 * Loads a model folder: the manifest, then every file it names.
 *
 * The manifest is asked for over the network first, so that a model that was deployed anew is
 * seen, and taken from the cache when the server cannot be reached. Files are taken from the cache
 * by the SHA-256 that the manifest gives, so a second load costs one small request, and none
 * offline. Whatever the source, bytes are hashed before they are returned.
 *
 * @param source - A shipped name, the address of a model folder, or its files; in Node also a path.
 * @throws VoiceprintError `model/unavailable` (missing, unreachable, a web page instead),
 *   `model/malformed`, `model/unsupported`, `model/integrity` (other bytes than the manifest
 *   promises; they are not kept), `aborted`.
 */
export async function openModel(
  source: string | URL | ModelFiles,
  options: OpenModelOptions = {},
): Promise<OpenedModel> {
  if (isModelFiles(source)) return openGivenModel(source, options);
  const location = locate(source, options.base);
  const cache = await chooseCache(options.cache, location.manifest);
  options.onProgress?.({ stage: 'manifest', done: 0 });
  const manifest = await openManifest(location.manifest, cache, options.signal);
  options.onProgress?.({ stage: 'manifest', done: 1 });

  const { model, ...rest } = manifest.files;
  const totalBytes = [model, ...Object.values(rest)].reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  let cached = true;
  const load = async (file: ManifestFile): Promise<Uint8Array<ArrayBuffer>> => {
    const report = throttled((bytes, fromCache) => {
      cached &&= fromCache;
      const sum = before + bytes;
      options.onProgress?.({
        stage: 'model',
        done: sum / totalBytes,
        bytes: sum,
        totalBytes,
        cached,
      });
    }, file.bytes);
    const bytes = await loadFile(location.file(file.path), file, {
      what: `"${file.path}" of model ${manifest.name}`,
      cache,
      signal: options.signal,
      onBytes: report,
    });
    before += file.bytes;
    return bytes;
  };
  const files: { model: Uint8Array<ArrayBuffer> } & Record<string, Uint8Array<ArrayBuffer>> = {
    model: await load(model),
  };
  for (const [name, file] of Object.entries(rest)) {
    if (file !== undefined) files[name] = await load(file);
  }
  return { manifest, files };
}

/** The same for files that are there already: nothing is fetched or kept, everything is checked. */
async function openGivenModel(
  source: ModelFiles,
  { onProgress, signal }: OpenModelOptions,
): Promise<OpenedModel> {
  onProgress?.({ stage: 'manifest', done: 0 });
  const text = new TextDecoder().decode(await readGivenFile(source, 'manifest.json'));
  const manifest = readManifest(text, 'manifest.json');
  onProgress?.({ stage: 'manifest', done: 1 });
  const load = async (file: ManifestFile): Promise<Uint8Array<ArrayBuffer>> => {
    const what = `"${file.path}" of model ${manifest.name}`;
    const bytes = await readGivenFile(source, file.path);
    await refuseOtherBytes(bytes, file, 'the files given', what);
    stopIfAborted(signal, `loading ${what} was aborted by the caller`);
    return bytes;
  };
  const { model, ...rest } = manifest.files;
  const files: { model: Uint8Array<ArrayBuffer> } & Record<string, Uint8Array<ArrayBuffer>> = {
    model: await load(model),
  };
  for (const [name, file] of Object.entries(rest)) {
    if (file !== undefined) files[name] = await load(file);
  }
  onProgress?.({ stage: 'model', done: 1 });
  return { manifest, files };
}

/** Options of {@link loadFile}. */
export interface LoadFileOptions {
  /** What the file is, for messages. */
  readonly what: string;
  readonly cache: ModelCache;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number, cached: boolean) => void;
}

/**
 * Loads one file of known length and hash, from the cache or over the network.
 *
 * @throws VoiceprintError as {@link openModel}.
 */
async function loadFile(
  url: URL,
  expected: { readonly sha256: string; readonly bytes: number },
  options: LoadFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { what, cache, signal, onBytes } = options;
  const kept = await cache.file(expected.sha256);
  let damaged = false;
  if (kept !== undefined) {
    if (kept.length === expected.bytes && (await sha256(kept)) === expected.sha256) {
      stopIfAborted(signal, `loading ${what} was aborted by the caller`);
      onBytes?.(kept.length, true);
      return kept;
    }
    damaged = true;
    await cache.removeFile(expected.sha256);
  }
  const bytes = await fetchBytes(url, {
    what,
    limit: expected.bytes,
    signal,
    onBytes: (count) => onBytes?.(count, false),
  }).catch((cause: unknown) => {
    if (!(damaged && cause instanceof UnreachableError)) throw cause;
    throw new VoiceprintError(
      'model/integrity',
      `the kept copy of ${what} was damaged and has been removed; go online and load it again`,
      { cause },
    );
  });
  await refuseOtherBytes(bytes, expected, url.href, what);
  await cache.putFile(expected.sha256, bytes);
  stopIfAborted(signal, `loading ${what} was aborted by the caller`);
  return bytes;
}

/**
 * Loads the weights of the speech detector, which ship with the package.
 *
 * @param expected - Their length and hash, as the room that runs them knows them.
 * @throws VoiceprintError as {@link openModel}.
 */
export async function loadSpeechDetector(
  expected: { readonly sha256: string; readonly bytes: number },
  options: Pick<OpenModelOptions, 'cache' | 'signal'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const url = isNode() ? speechDetectorUrlInNode() : speechDetectorUrl();
  return loadFile(url, expected, {
    what: 'the speech detector',
    cache: await chooseCache(options.cache, url),
    signal: options.signal,
  });
}

async function refuseOtherBytes(
  bytes: Uint8Array<ArrayBuffer>,
  expected: { readonly sha256: string; readonly bytes: number },
  from: string,
  what: string,
): Promise<void> {
  const remedy = 'deploy the model folder again as a whole (model and manifest belong together)';
  if (bytes.length !== expected.bytes) {
    throw new VoiceprintError(
      'model/integrity',
      `${what} at ${from} is ${bytes.length} bytes, the manifest says ${expected.bytes}; the download was cut short or the file is another one: ${remedy}`,
    );
  }
  const actual = await sha256(bytes);
  if (actual !== expected.sha256) {
    throw new VoiceprintError(
      'model/integrity',
      `${what} at ${from} has SHA-256 ${actual}, the manifest says ${expected.sha256}; ${remedy}`,
    );
  }
}

async function openManifest(
  address: URL,
  cache: ModelCache,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const what = 'manifest.json';
  let text: string;
  try {
    const bytes = await fetchBytes(address, {
      what,
      limit: MANIFEST_LIMIT,
      signal,
      revalidate: true,
    });
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    const kept = error instanceof UnreachableError ? await cache.manifest(address) : undefined;
    if (kept === undefined) throw error;
    return readManifest(kept, address.href);
  }
  const manifest = readManifest(text, address.href);
  const previous = await cache.manifest(address);
  if (previous !== text) {
    await forgetReplaced(previous, manifest, cache);
    await cache.putManifest(address, text);
  }
  return manifest;
}

function readManifest(text: string, address: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new VoiceprintError(
      'model/malformed',
      `${address} is not JSON (it starts with ${JSON.stringify(text.slice(0, 40))}); give the address of a model folder`,
      { cause },
    );
  }
  return parseManifest(json, address);
}

/** Files that only the previous manifest of an address named would stay for ever. */
async function forgetReplaced(
  previous: string | undefined,
  manifest: Manifest,
  cache: ModelCache,
): Promise<void> {
  if (previous === undefined) return;
  const current = new Set(Object.values(manifest.files).map((file) => file?.sha256));
  for (const hash of previous.match(/\b[0-9a-f]{64}\b/g) ?? []) {
    if (!current.has(hash)) await cache.removeFile(hash);
  }
}

function locate(source: string | URL, base: string | undefined): ModelLocation {
  if (isNode()) return locateModelInNode(source);
  return locateModel(source, base ?? globalThis.document?.baseURI ?? globalThis.location?.href);
}

async function chooseCache(
  choice: boolean | ModelCache | undefined,
  address: URL,
): Promise<ModelCache> {
  if (typeof choice === 'object') return choice;
  const keeps = choice !== false && /^https?:$/.test(address.protocol);
  return keeps ? openModelCache() : NO_CACHE;
}

/** Passes on a count when it moved by a hundredth of the whole, and at the end. */
function throttled(
  report: (bytes: number, cached: boolean) => void,
  total: number,
): (bytes: number, cached: boolean) => void {
  let next = 0;
  return (bytes, cached) => {
    if (bytes < next && bytes < total) return;
    next = bytes + total / 100;
    report(bytes, cached);
  };
}
