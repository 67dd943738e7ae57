import type { Session } from '../tensor.js';
import { type OrtTensors, openInference, type SessionHost } from './inference.js';
import { fromOrtTensor, toOrtTensor } from './tensors.js';

/**
 * Creates one session. Everything on one build goes through its queue.
 *
 * @throws VoiceprintError `model/unsupported` when the bytes are no graph that the backend can
 *   run, `backend/failed` when the device was lost, `disposed` after `dispose()`.
 */
export async function createSession(host: SessionHost, model: Uint8Array): Promise<Session> {
  const { inner, loaded, scope, enqueue } = await openInference(host, model);
  return {
    inputNames: inner.inputNames,
    outputNames: inner.outputNames,
    run: (inputs) =>
      enqueue(async (run) => {
        const feeds: Record<string, OrtTensors[string]> = {};
        for (const [name, value] of Object.entries(inputs)) {
          feeds[name] = toOrtTensor(loaded.ort, name, value);
        }
        const values: Awaited<ReturnType<Session['run']>> = {};
        for (const [name, tensor] of Object.entries(await run(feeds))) {
          values[name] = await fromOrtTensor(name, tensor);
        }
        return values;
      }),
    dispose: () => scope.dispose(),
  };
}
