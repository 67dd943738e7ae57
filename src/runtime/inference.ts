import type { InferenceSession } from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import { disposed } from '../lifetime/ended.js';
import type { Scope } from '../lifetime/scope.js';
import type { OwnedDevice } from './gpu-device.js';
import type { LoadedOrt } from './ort.js';

/** What a session runs on. */
export interface SessionHost {
  readonly loaded: LoadedOrt;
  /** The device that the graph runs on; undefined on WebAssembly. */
  readonly gpu: OwnedDevice | undefined;
  /**
   * The device of the build, also for a graph that stays off it: a run that the device never ended
   * keeps the whole build from running anything else.
   */
  readonly device?: OwnedDevice | undefined;
  readonly scope: Scope;
}

/** Tensors of onnxruntime by name. */
export type OrtTensors = InferenceSession.OnnxValueMapType;

/** A session of onnxruntime on the disposal tree, its failures told as this package's own. */
export interface Inference {
  readonly loaded: LoadedOrt;
  readonly scope: Scope;
  readonly inner: InferenceSession;
  /**
   * Runs a task after those before it; `run` inside of it runs the graph.
   * @throws VoiceprintError `disposed` after `dispose()`, `backend/failed` when the graph
   *   does not run or the device was lost.
   */
  enqueue<T>(task: (run: (feeds: OrtTensors) => Promise<OrtTensors>) => Promise<T>): Promise<T>;
}

/**
 * Creates one session of onnxruntime. Everything on one build goes through its queue.
 *
 * @param onGpu - Outputs that stay in graphics memory; the caller disposes them.
 * @throws VoiceprintError `model/unsupported` when the bytes are no graph that the backend can
 *   run, `backend/failed` when the device was lost, `disposed` after `dispose()`.
 */
export async function openInference(
  host: SessionHost,
  model: Uint8Array,
  onGpu: readonly string[] = [],
): Promise<Inference> {
  const { loaded, gpu, device = gpu } = host;
  const scope = host.scope.child();
  const orLost = <T>(work: Promise<T>): Promise<T> =>
    device === undefined ? work : device.orLost(work);
  const inner = await loaded.queue.run(async () => {
    refuseDisposed(scope);
    const creation = loaded.ort.InferenceSession.create(model, sessionOptions(gpu, onGpu));
    return orLost(creation).catch((cause: unknown) => {
      if (cause instanceof VoiceprintError) throw cause;
      if (messageOf(cause).includes('no available backend')) throw unavailable(loaded, cause);
      throw new VoiceprintError(
        'model/unsupported',
        `${gpu === undefined ? 'WebAssembly' : 'WebGPU'} could not load the graph (${model.length} bytes): ${messageOf(cause)}; check that the file is a whole ONNX model`,
        { cause },
      );
    });
  });
  // What was on a lost device went with it, and its build may never answer.
  const release = async (): Promise<void> => {
    if (device?.lost !== true) await orLost(inner.release());
  };
  scope.defer(() => loaded.queue.run(release).catch(ignoreLoss));
  if (host.scope.disposed) {
    await scope.dispose();
    refuseDisposed(scope);
  }
  const run = (feeds: OrtTensors) =>
    orLost(inner.run(feeds)).catch((cause: unknown) => {
      if (cause instanceof VoiceprintError) throw cause;
      const message = `the graph did not run: ${messageOf(cause)}`;
      throw new VoiceprintError('backend/failed', message, { cause });
    });
  return {
    loaded,
    scope,
    inner,
    async enqueue(task) {
      refuseDisposed(scope);
      // The whole of it: reading an output back waits for the device too.
      return loaded.queue.run(() => orLost(task(run)));
    },
  };
}

function sessionOptions(
  gpu: OwnedDevice | undefined,
  onGpu: readonly string[],
): InferenceSession.SessionOptions {
  const stays = Object.fromEntries(onGpu.map((name) => [name, 'gpu-buffer'] as const));
  return {
    // The provider must be an object: as a string its options are silently ignored.
    executionProviders: [
      gpu === undefined ? { name: 'wasm' } : { name: 'webgpu', device: gpu.device },
    ],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    // It threw, trapped or replayed stale results in every build tried.
    enableGraphCapture: false,
    // An output that a table of locations leaves out comes back to the CPU.
    preferredOutputLocation: gpu === undefined || onGpu.length === 0 ? 'cpu' : stays,
    // Without it, DequantizeLinear + MatMul also quantises the activations on the CPU.
    extra: { session: { disable_quant_qdq: '1' } },
  };
}

function refuseDisposed(scope: Scope): void {
  if (scope.disposed) {
    throw disposed('the session was disposed; open another before running it');
  }
}

/** The wasm itself did not start; onnxruntime-web finds out when the first session is made. */
function unavailable({ entry }: LoadedOrt, cause: unknown): VoiceprintError {
  return new VoiceprintError(
    'backend/unavailable',
    `the wasm of onnxruntime-web/${entry} did not start (${messageOf(cause)}); check that it is served beside the scripts and that the Content-Security-Policy has script-src 'wasm-unsafe-eval'`,
    { cause },
  );
}

function ignoreLoss(error: unknown): void {
  if (!(error instanceof VoiceprintError && error.code === 'backend/failed')) throw error;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
