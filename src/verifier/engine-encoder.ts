import { VoiceprintError } from '../errors.js';
import type { Features } from '../features/types.js';
import type { Manifest } from '../models/manifest.js';
import { openRuntime, type RuntimeOptions } from '../runtime/index.js';
import type { BackendReport, Runtime, Session } from '../runtime/types.js';
import { encode } from './engine-encode.js';
import type { EngineOptions } from './engine-types.js';
import { runSelfCheck } from './self-check.js';

/** The encoder on a backend whose numbers were checked. */
export interface Encoder {
  readonly backend: BackendReport;
  /** For further sessions; owned by the encoder. */
  readonly runtime: Runtime;
  encode(features: Features): Promise<Float32Array>;
  /** Disposes the runtime and all its sessions. */
  dispose(): Promise<void>;
}

/** What {@link openEncoder} reports while it works. */
export type EncoderStage = 'backend' | 'self-check';

type EncoderOptions = Pick<EngineOptions, 'backend' | 'threads' | 'selfCheckCosine'> & {
  readonly onStage?: (stage: EncoderStage, done: number) => void;
};

/**
 * Opens the graph on the best backend that computes it right: WebGPU if its self-check passes,
 * else WebAssembly with the reason in `backend.reason`. `backend: 'webgpu'` fails instead of
 * moving.
 *
 * @throws VoiceprintError `backend/failed` when the self-check fails on WebAssembly too, or on
 *   WebGPU when that was asked for; as `openRuntime` and `Runtime.openSession`.
 */
export async function openEncoder(
  model: Uint8Array,
  manifest: Manifest,
  bands: number,
  options: EncoderOptions,
): Promise<Encoder> {
  options.onStage?.('backend', 0);
  const { backend = 'auto', threads } = options;
  const runtime = await openRuntime({ backend, ...(threads !== undefined && { threads }) });
  try {
    return await checked(runtime, model, manifest, bands, options);
  } catch (error) {
    await runtime.dispose().catch(() => undefined);
    if (backend !== 'auto' || runtime.backend.name === 'wasm') throw error;
    const wasm = await openRuntime({
      backend: 'wasm',
      reason: `moved off WebGPU: ${error instanceof Error ? error.message : String(error)}`,
      ...(threads !== undefined && { threads }),
      ...(error instanceof SelfCheckError && keptEntry(runtime.backend)),
    });
    try {
      return await checked(wasm, model, manifest, bands, options);
    } catch (failure) {
      await wasm.dispose().catch(() => undefined);
      throw failure;
    }
  }
}

/**
 * The JSPI build computes on the CPU as fast as the plain one, so after wrong numbers on the GPU
 * nothing need be downloaded again. The asyncify build is four times as slow there, and a build
 * that failed in another way may be in any state.
 */
function keptEntry({ entry }: BackendReport): Pick<RuntimeOptions, 'wasmEntry'> {
  return entry === 'jspi' ? { wasmEntry: entry } : {};
}

class SelfCheckError extends VoiceprintError {
  constructor(reason: string) {
    super('backend/failed', `${reason}; update the browser or the graphics driver`);
  }
}

async function checked(
  runtime: Runtime,
  model: Uint8Array,
  manifest: Manifest,
  bands: number,
  options: EncoderOptions,
): Promise<Encoder> {
  const session: Session = await runtime.openSession(model);
  options.onStage?.('backend', 1);
  options.onStage?.('self-check', 0);
  const { name } = runtime.backend;
  const override = name === 'webgpu' ? options.selfCheckCosine : undefined;
  const check = await runSelfCheck(
    session,
    manifest,
    bands,
    name,
    (measured) => override ?? measured,
  );
  if (!check.pass) throw new SelfCheckError(check.reason);
  options.onStage?.('self-check', 1);
  const passed = `WebGPU passed the model's self-check (cosine ${check.cosine.toFixed(6)}).`;
  return {
    backend: name === 'webgpu' ? { ...runtime.backend, reason: passed } : runtime.backend,
    runtime,
    encode: (features) => encode(session, manifest, features),
    dispose: () => runtime.dispose(),
  };
}
