import { VoiceprintError } from '../../errors.js';
import type { Features } from '../../features/types.js';
import type { Manifest } from '../../models/manifest.js';
import { openRuntime, type RuntimeOptions } from '../../runtime/index.js';
import type { BackendReport, Runtime, Session } from '../../runtime/types.js';
import type { EngineOptions } from '../types.js';
import { encode } from './run-encoder.js';
import { runSelfCheck } from './self-check.js';
import {
  openStreamingEncoder,
  type StreamingEncoder,
  type StreamingEncoderOptions,
} from './streaming-encoder.js';

/** The encoder on a backend whose numbers were checked. */
export interface Encoder {
  /** Changes when the encoder moves off a graphics device that failed. */
  readonly backend: BackendReport;
  /** For further sessions; owned by the encoder. */
  readonly runtime: Runtime;
  encode(features: Features): Promise<Float32Array>;
  /** Opens a stream of its own, as {@link openStreamingEncoder}; disposed with the encoder. */
  stream(options?: StreamingEncoderOptions): Promise<StreamingEncoder>;
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
 * else WebAssembly with the reason in `backend.reason`. With `'auto'` it also moves when the
 * device fails later, as drivers do when they restart; `backend: 'webgpu'` fails instead of moving.
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
  const mayMove = backend === 'auto' && runtime.backend.name === 'webgpu';
  const openOnWasm = async (error: unknown): Promise<Encoder> => {
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
  };
  try {
    const encoder = await checked(runtime, model, manifest, bands, options);
    return mayMove && model.length <= KEPT_BYTES ? movable(encoder, openOnWasm) : encoder;
  } catch (error) {
    await runtime.dispose().catch(() => undefined);
    if (!mayMove) throw error;
    return openOnWasm(error);
  }
}

/** Larger graphs are not held a second time for the rare loss of a device. */
const KEPT_BYTES = 64 * 2 ** 20;

/** Moves an encoder off the graphics device when a run fails there, and runs again. */
function movable(onGpu: Encoder, openOnWasm: (error: unknown) => Promise<Encoder>): Encoder {
  let moving: Promise<Encoder> | undefined;
  let current = onGpu;
  const move = async (failure: VoiceprintError): Promise<Encoder> => {
    try {
      current = await openOnWasm(failure);
      return current;
    } catch {
      // Offline, say: what failed first is what a person has to know.
      throw failure;
    }
  };
  const orMoved = async <T>(work: (encoder: Encoder) => Promise<T>): Promise<T> => {
    try {
      return await work(current);
    } catch (error) {
      const failed = error instanceof VoiceprintError && error.code === 'backend/failed';
      if (!failed || (current !== onGpu && moving === undefined)) throw error;
      moving ??= move(error);
      return work(await moving);
    }
  };
  return {
    get backend() {
      return current.backend;
    },
    // Speech detection goes on there: it never was on the graphics device.
    runtime: onGpu.runtime,
    encode: (features) => orMoved((encoder) => encoder.encode(features)),
    stream: (options) => orMoved((encoder) => encoder.stream(options)),
    async dispose() {
      await onGpu.dispose();
      if (current !== onGpu) await current.dispose();
    },
  };
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
    stream: (streamOptions) => openStreamingEncoder(runtime, model, manifest, streamOptions),
    dispose: () => runtime.dispose(),
  };
}
