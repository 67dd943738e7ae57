import { looseCosine } from '../engine/encoder/loose-cosine.js';
import type { EncoderRequest } from '../engine/encoder/types.js';
import { VoiceprintError } from '../errors.js';
import { type GpuProbe, isNode, probeGpu } from '../platform/environment.js';
import type { BackendReport } from '../runtime/types.js';
import type { LibraryDevice, TransformersLibrary } from './library.js';
import type { Runner } from './runner.js';

/** A model on the device it stays on. */
export interface OpenedRunner {
  readonly runner: Runner;
  readonly backend: BackendReport;
  readonly embeddingSize: number;
}

/** The GPU's embedding of the probe must agree with WebAssembly's by this cosine. */
const SAME_DIRECTION = 0.999;

type Open = (device: LibraryDevice) => Promise<Runner>;

interface Probed {
  readonly runner: Runner;
  readonly embedding: Float32Array;
}

/**
 * Opens a model on WebGPU if it computes there what it computes on WebAssembly, else on
 * WebAssembly; in Node on the CPU. Graphics drivers have returned wrong numbers without an error,
 * and a model of the hub brings no expected embedding, so the device's own WebAssembly is the
 * reference: it is opened first and kept when the GPU is not trusted.
 *
 * @throws VoiceprintError `backend/unavailable` when WebGPU was asked for and is not there;
 *   `backend/failed` when it computes something else; whatever `open` and the first run throw.
 */
export async function openOnBestDevice(
  library: TransformersLibrary,
  request: EncoderRequest,
  open: Open,
): Promise<OpenedRunner> {
  const { backend, onProgress } = request;
  onProgress?.({ stage: 'backend', done: 0 });
  const gpu: GpuProbe =
    backend === 'wasm'
      ? { adapter: undefined, reason: 'WebAssembly was asked for' }
      : await probeGpu();
  if (gpu.adapter === undefined && backend === 'webgpu') {
    throw new VoiceprintError('backend/unavailable', `${gpu.reason}; use backend 'auto' or 'wasm'`);
  }
  if (request.threads !== undefined) wasmSettings(library).numThreads = request.threads;
  const safe = await openAndProbe(open, isNode() ? 'cpu' : 'wasm');
  onProgress?.({ stage: 'backend', done: 1 });
  const settled = (reason: string): OpenedRunner => ({
    runner: safe.runner,
    backend: safeReport(library, reason),
    embeddingSize: safe.embedding.length,
  });
  if (gpu.adapter === undefined) return settled(gpu.reason);

  onProgress?.({ stage: 'self-check', done: 0 });
  const tried = await openOnGpu(open, safe).catch((error: unknown) => ({ error }));
  onProgress?.({ stage: 'self-check', done: 1 });
  if ('runner' in tried) {
    await safe.runner.dispose();
    return {
      runner: tried.runner,
      backend: {
        name: 'webgpu',
        entry: 'webgpu',
        threads: threadsOf(library),
        adapter: gpu.description,
        reason: `WebGPU agrees with WebAssembly on a probe (cosine ${tried.cosine.toFixed(6)}).`,
      },
      embeddingSize: safe.embedding.length,
    };
  }
  if (backend === 'webgpu') {
    await safe.runner.dispose();
    throw tried.error;
  }
  return settled(`moved off WebGPU: ${messageOf(tried.error)}`);
}

async function openOnGpu(open: Open, safe: Probed) {
  const { runner, embedding } = await openAndProbe(open, 'webgpu');
  const cosine = looseCosine(embedding, safe.embedding);
  if (cosine >= SAME_DIRECTION) return { runner, cosine };
  await runner.dispose();
  throw new VoiceprintError(
    'backend/failed',
    `WebGPU computes this model wrong on this device (cosine ${cosine.toFixed(6)} with WebAssembly, at least ${SAME_DIRECTION} is due); update the browser or the graphics driver`,
  );
}

async function openAndProbe(open: Open, device: LibraryDevice): Promise<Probed> {
  const runner = await open(device);
  try {
    const { values } = await runner.run(probe());
    if (!values.every((value) => Number.isFinite(value))) {
      throw new VoiceprintError(
        'backend/failed',
        `the model gives values that are not numbers on ${device}; try another dtype`,
      );
    }
    return { runner, embedding: values };
  } catch (error) {
    await runner.dispose();
    throw error;
  }
}

/** One second that is no speech but as wide as it: a falling tone over noise, always the same. */
function probe(): Float32Array {
  let state = 1;
  return Float32Array.from({ length: 16_000 }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = state / 2 ** 31 - 1;
    return 0.2 * Math.sin(i * (0.2 - i * 5e-6)) + 0.05 * noise;
  });
}

function safeReport(library: TransformersLibrary, reason: string): BackendReport {
  const words = reason.replace(/[.\s]+$/, '');
  const why = `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
  return isNode()
    ? { name: 'cpu', entry: 'node', threads: 1, adapter: undefined, reason: why }
    : {
        name: 'wasm',
        entry: 'webgpu',
        threads: threadsOf(library),
        adapter: undefined,
        reason: why,
      };
}

/** The part of onnxruntime's settings that the library exposes. */
function wasmSettings({ env }: TransformersLibrary): { numThreads?: unknown } {
  const { onnx } = env.backends;
  return 'wasm' in onnx && typeof onnx.wasm === 'object' && onnx.wasm !== null ? onnx.wasm : {};
}

function threadsOf(library: TransformersLibrary): number {
  const { numThreads } = wasmSettings(library);
  return typeof numThreads === 'number' && numThreads > 0 ? numThreads : 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
