import type * as Ort from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import { createSerialQueue, type SerialQueue } from '../lifetime/serial-queue.js';
import { assetUrl } from '../platform/assets.js';
import { isNode } from '../platform/environment.js';
import type { BackendReport } from './types.js';

export type OrtEntry = Exclude<BackendReport['entry'], 'node'>;

/** A build of onnxruntime-web that was loaded, and the queue that everything on it goes through. */
export interface LoadedOrt {
  readonly ort: typeof Ort;
  readonly entry: OrtEntry;
  /** Threads of its pool; fixed for the life of the page or worker by who loaded it first. */
  readonly threads: number;
  readonly queue: SerialQueue;
}

const loaded = new Map<OrtEntry, Promise<LoadedOrt>>();

/**
 * Loads one build of onnxruntime-web, once per page or worker. The imports are dynamic because a
 * static one deadlocks in a worker with threads (a thread starts the importing chunk again), and
 * because a visitor must download one build only.
 *
 * @throws VoiceprintError `backend/unavailable` when the build cannot be fetched.
 */
export function loadOrt(entry: OrtEntry, threads: number): Promise<LoadedOrt> {
  let loading = loaded.get(entry);
  if (loading === undefined) {
    loading = configure(entry, threads);
    loaded.set(entry, loading);
    // A failed download may be tried again.
    loading.catch(() => loaded.delete(entry));
  }
  return loading;
}

async function configure(entry: OrtEntry, threads: number): Promise<LoadedOrt> {
  const ort = await importEntry(entry).catch((cause: unknown) => {
    throw new VoiceprintError(
      'backend/unavailable',
      `onnxruntime-web/${entry} could not be loaded; check that the package's script and wasm files are served from the same place and that the page is online`,
      { cause },
    );
  });
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  return { ort, entry, threads, queue: createSerialQueue() };
}

/** The module and the WebAssembly of each entry; the names are fixed upstream. */
const FILES = {
  jspi: ['assets/ort.jspi.bundle.min.mjs', 'assets/ort-wasm-simd-threaded.jspi.wasm'],
  webgpu: ['assets/ort.webgpu.bundle.min.mjs', 'assets/ort-wasm-simd-threaded.asyncify.wasm'],
  wasm: ['assets/ort.wasm.bundle.min.mjs', 'assets/ort-wasm-simd-threaded.wasm'],
} as const;

async function importEntry(entry: OrtEntry): Promise<typeof Ort> {
  const [module, wasm] = FILES[entry];
  const ort: typeof Ort = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ assetUrl(module).href
  );
  if (isNode()) ort.env.wasm.wasmBinary = await readFileInNode(assetUrl(wasm));
  else ort.env.wasm.wasmPaths ??= { wasm: assetUrl(wasm).href };
  return ort;
}

/** `getBuiltinModule` keeps the imports of Node's modules out of browser bundles. */
function readFileInNode(file: URL): Promise<Uint8Array> {
  return process.getBuiltinModule('node:fs/promises').readFile(file);
}
