import { openRuntime } from '../../../src/runtime/index.js';
import type { TensorValue } from '../../../src/tensor.js';

export type ParityBackend = 'wasm' | 'webgpu';

/** One graph, ready to run. */
export interface LoadedGraph {
  run(inputs: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
  dispose(): Promise<void>;
}

/** What graphs are run on. */
export interface Executor {
  open(model: Uint8Array): Promise<LoadedGraph>;
  dispose(): Promise<void>;
}

/**
 * WebAssembly in this process, or WebGPU in a headless Chromium.
 * @throws VoiceprintError `backend/unavailable` where there is no such browser.
 */
export async function openExecutor(backend: ParityBackend): Promise<Executor> {
  if (backend === 'wasm') {
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    return { open: (model) => runtime.openSession(model), dispose: () => runtime.dispose() };
  }
  const { openChromiumExecutor } = await import('./chromium.js');
  return openChromiumExecutor();
}
