import type { InferenceSession } from 'onnxruntime-web';
import { VoiceprintError } from '../errors.js';
import type { OwnedDevice } from './gpu-device.js';
import type { LoadedOrt } from './ort.js';
import type { Scope } from './scope.js';
import { fromOrtTensor, toOrtTensor } from './tensors.js';
import type { Session } from './types.js';

/** What a session runs on. */
export interface SessionHost {
  readonly loaded: LoadedOrt;
  /** Undefined on WebAssembly. */
  readonly gpu: OwnedDevice | undefined;
  readonly scope: Scope;
}

/**
 * Creates one session. Everything on one build goes through its queue.
 *
 * @throws VoiceprintError `model/unsupported` when the bytes are no graph that the backend can
 *   run, `backend/failed` when the device was lost, `backend/disposed` after `dispose()`.
 */
export async function createSession(host: SessionHost, model: Uint8Array): Promise<Session> {
  const { loaded, gpu } = host;
  const scope = host.scope.child();
  const inner = await loaded.queue.run(async () => {
    refuseDisposed(scope);
    return orLost(gpu, loaded.ort.InferenceSession.create(model, sessionOptions(gpu))).catch(
      (cause: unknown) => {
        if (cause instanceof VoiceprintError) throw cause;
        if (messageOf(cause).includes('no available backend')) throw unavailable(loaded, cause);
        throw new VoiceprintError(
          'model/unsupported',
          `${gpu === undefined ? 'WebAssembly' : 'WebGPU'} could not load the graph (${model.length} bytes): ${messageOf(cause)}; check that the file is a whole ONNX model`,
          { cause },
        );
      },
    );
  });
  scope.defer(() => loaded.queue.run(() => inner.release()));
  if (host.scope.disposed) {
    await scope.dispose();
    refuseDisposed(scope);
  }
  return {
    inputNames: inner.inputNames,
    outputNames: inner.outputNames,
    async run(inputs) {
      refuseDisposed(scope);
      return loaded.queue.run(async () => {
        const feeds: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
        for (const [name, value] of Object.entries(inputs)) {
          feeds[name] = toOrtTensor(loaded.ort, name, value);
        }
        const outputs = await orLost(gpu, inner.run(feeds)).catch((cause: unknown) => {
          if (cause instanceof VoiceprintError) throw cause;
          throw new VoiceprintError(
            'backend/failed',
            `the graph did not run: ${messageOf(cause)}`,
            {
              cause,
            },
          );
        });
        const values: Awaited<ReturnType<Session['run']>> = {};
        for (const [name, tensor] of Object.entries(outputs)) {
          values[name] = await fromOrtTensor(name, tensor);
        }
        return values;
      });
    },
    dispose: () => scope.dispose(),
  };
}

function sessionOptions(gpu: OwnedDevice | undefined): InferenceSession.SessionOptions {
  return {
    // The provider must be an object: as a string its options are silently ignored.
    executionProviders: [
      gpu === undefined ? { name: 'wasm' } : { name: 'webgpu', device: gpu.device },
    ],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    // It threw, trapped or replayed stale results in every build tried.
    enableGraphCapture: false,
    preferredOutputLocation: 'cpu',
    // Without it, DequantizeLinear + MatMul also quantises the activations on the CPU.
    extra: { session: { disable_quant_qdq: '1' } },
  };
}

/** A lost device leaves promises that never settle; the race ends them. */
function orLost<T>(gpu: OwnedDevice | undefined, work: Promise<T>): Promise<T> {
  return gpu === undefined ? work : Promise.race([work, gpu.lost]);
}

function refuseDisposed(scope: Scope): void {
  if (scope.disposed) {
    throw new VoiceprintError(
      'backend/disposed',
      'the session was disposed; open another before running it',
    );
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
