import { VoiceprintError } from '../errors.js';
import { disposed } from '../lifetime/ended.js';
import { openScope } from '../lifetime/scope.js';
import { type GpuProbe, hasJspi, isNode, probeGpu, threadCount } from '../platform/environment.js';
import { type OwnedDevice, openDevice } from './gpu-device.js';
import { type LoadedOrt, loadOrt, type OrtEntry } from './ort.js';
import { createSession } from './session.js';
import { createStreamingSession } from './streaming-session.js';
import type { BackendReport, Runtime } from './types.js';

/** Options of {@link openRuntime}. */
export interface RuntimeOptions {
  /** `'auto'` takes WebGPU where an adapter answers, else WebAssembly. @defaultValue `'auto'` */
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, 1 to 4; more than 1 only where the page is cross-origin isolated. */
  readonly threads?: number;
  /** Why the caller asks for this backend, if it has a reason of its own; goes into the report. */
  readonly reason?: string;
  /**
   * The build to run WebAssembly on. A caller that moves off the GPU passes the entry that is
   * loaded already, so that nothing is downloaded again. @defaultValue `'wasm'`
   */
  readonly wasmEntry?: OrtEntry;
}

/** Defaults of {@link RuntimeOptions}. */
const RUNTIME_DEFAULTS = {
  backend: 'auto',
  wasmEntry: 'wasm',
} as const satisfies RuntimeOptions;

/**
 * Chooses a backend and loads onnxruntime-web for it: in a window, in a module worker, or in Node
 * (WebAssembly only).
 *
 * @throws VoiceprintError `backend/unavailable` when `'webgpu'` was asked for and is not there, or
 *   when the build cannot be loaded; `verifier/invalid` for an impossible option.
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { backend = RUNTIME_DEFAULTS.backend, threads: requested } = options;
  if (backend !== 'auto' && backend !== 'webgpu' && backend !== 'wasm') {
    throw new VoiceprintError(
      'verifier/invalid',
      `backend is ${JSON.stringify(backend)}; give 'auto', 'webgpu' or 'wasm'`,
    );
  }
  if (requested !== undefined && (!Number.isInteger(requested) || requested < 1)) {
    throw new VoiceprintError(
      'verifier/invalid',
      `threads is ${requested}; give a whole number from 1 to 4, or leave it out`,
    );
  }
  const threads = threadCount(requested);
  if (backend === 'wasm') {
    return openOnWasm(options, threads, options.reason ?? 'WebAssembly was asked for');
  }
  const probe = await probeGpu();
  if (probe.adapter === undefined) {
    if (backend === 'webgpu') {
      throw new VoiceprintError(
        'backend/unavailable',
        `${probe.reason}; use backend 'auto' or 'wasm'`,
      );
    }
    return openOnWasm(options, threads, probe.reason);
  }
  try {
    return await openOnGpu(probe, threads, options.reason ?? 'WebGPU has an adapter');
  } catch (error) {
    if (backend === 'webgpu') throw error;
    const why = error instanceof Error ? error.message : String(error);
    return openOnWasm(options, threads, `WebGPU did not start: ${why}`);
  }
}

async function openOnWasm(options: RuntimeOptions, threads: number, why: string): Promise<Runtime> {
  const entry = options.wasmEntry ?? RUNTIME_DEFAULTS.wasmEntry;
  const loaded = await loadOrt(entry, threads);
  return assemble(loaded, undefined, {
    name: 'wasm',
    entry,
    threads: loaded.threads,
    adapter: undefined,
    reason: `${sentence(why)} ${threadsInWords(loaded.threads)}`,
  });
}

async function openOnGpu(
  probe: Extract<GpuProbe, { adapter: GPUAdapter }>,
  threads: number,
  why: string,
): Promise<Runtime> {
  const gpu = await openDevice(probe.adapter);
  const entry = hasJspi() ? 'jspi' : 'webgpu';
  try {
    const loaded = await loadOrt(entry, threads);
    return assemble(loaded, gpu, {
      name: 'webgpu',
      entry,
      threads: loaded.threads,
      adapter: probe.description,
      reason: sentence(why),
    });
  } catch (error) {
    gpu.close();
    throw error;
  }
}

function assemble(
  loaded: LoadedOrt,
  gpu: OwnedDevice | undefined,
  backend: BackendReport,
): Runtime {
  const scope = openScope();
  if (gpu !== undefined) {
    scope.defer(() => gpu.close());
  }
  const refuseDisposed = () => {
    if (scope.disposed) {
      throw disposed('the runtime was disposed; open another');
    }
  };
  return {
    backend,
    async openSession(model, on = 'backend') {
      refuseDisposed();
      return createSession(
        { loaded, gpu: on === 'cpu' ? undefined : gpu, device: gpu, scope },
        model,
      );
    },
    async openStreamingSession(model, options, on = 'backend') {
      refuseDisposed();
      const host = { loaded, gpu: on === 'cpu' ? undefined : gpu, device: gpu, scope };
      return createStreamingSession(host, model, options);
    },
    dispose: () => scope.dispose(),
  };
}

function threadsInWords(threads: number): string {
  if (threads > 1) return `${threads} threads.`;
  if (isNode()) return 'One thread: Node runs WebAssembly on one.';
  return globalThis.crossOriginIsolated === true
    ? 'One thread.'
    : 'One thread: the page is not cross-origin isolated.';
}

function sentence(words: string): string {
  const text = words.replace(/[.\s]+$/, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
