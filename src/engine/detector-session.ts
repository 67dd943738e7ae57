import { VoiceprintError } from '../errors.js';
import { openRuntime } from '../runtime/index.js';
import type { Runtime } from '../runtime/types.js';
import type { Session } from '../tensor.js';

/**
 * A session of the speech detector on the CPU. It shares the build of onnxruntime with the encoders,
 * and where that is lost with its graphics device it goes on in the plain one.
 *
 * @param silero - Bytes of the detector's graph.
 * @param runtime - Of the encoders; stays open.
 * @throws VoiceprintError as `Runtime.openSession`.
 */
export async function openDetectorSession(
  silero: Uint8Array,
  runtime: Runtime,
  { threads }: { readonly threads?: number } = {},
): Promise<Session> {
  let session = await runtime.openSession(silero, 'cpu');
  let fallback: Promise<Runtime> | undefined;
  let moving: Promise<Session> | undefined;
  let closed = false;
  const onWasm = async (): Promise<Session> => {
    fallback ??= openRuntime({
      backend: 'wasm',
      reason: 'the graphics device was lost',
      ...(threads === undefined ? {} : { threads }),
    });
    session = await (await fallback).openSession(silero);
    return session;
  };
  const mayMove = runtime.backend.name === 'webgpu';
  return {
    get inputNames() {
      return session.inputNames;
    },
    get outputNames() {
      return session.outputNames;
    },
    async run(inputs) {
      try {
        return await session.run(inputs);
      } catch (error) {
        const failed = error instanceof VoiceprintError && error.code === 'backend/failed';
        if (!failed || !mayMove || closed) throw error;
        moving ??= onWasm();
        const moved = await moving.catch((failure: unknown) => {
          moving = undefined;
          fallback = undefined;
          throw failure;
        });
        return moved.run(inputs);
      }
    },
    async dispose() {
      closed = true;
      await session.dispose();
      await fallback?.then((opened) => opened.dispose()).catch(() => undefined);
    },
  };
}
