import { proxy, transfer } from 'comlink';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import type { Encoder } from '../encoder/types.js';
import type { EngineOptions } from '../options.js';
import type { Engine } from '../types.js';
import {
  type EncodeInPage,
  type EngineWorkerApi,
  fromWireModel,
  toWireModel,
  type WireOptions,
} from './wire.js';

/**
 * The worker's side of an engine, without the worker: it takes calls that hold plain data only and
 * keeps one engine.
 *
 * @param open - Opens the engine; `openEngine`, or a stand-in for tests.
 */
export function createEngineService(
  open: (options: EngineOptions) => Promise<Engine>,
): EngineWorkerApi {
  let engine: Engine | undefined;
  const opened = (): Engine => {
    if (engine !== undefined) return engine;
    throw disposed('the engine is not open; open it first');
  };
  return {
    async open({ encoder, ...options }, onProgress, encode) {
      const given = encoder !== undefined && encode !== undefined;
      engine = await open({
        ...options,
        onProgress,
        ...(given ? { encoder: encoderInPage(encoder, encode) } : {}),
      });
      return { models: engine.models.map(toWireModel), backend: engine.backend };
    },
    hear: async (clip, ask) => opened().hear(clip, ask),
    async listen(options) {
      const listening = await opened().listen(options);
      return proxy({
        async push(samples: Float32Array, length: number) {
          const step = await listening.push(samples, length);
          return transfer(step, [step.samples.buffer]);
        },
        endTurn: (keepSeconds: number) => listening.endTurn(keepSeconds),
        reset: () => listening.reset(),
        close: async () => listening[asyncDispose](),
      });
    },
    hold: async (embeddings) => opened().hold(embeddings),
    search: async (query, limit) => opened().search(query, limit),
    async dispose() {
      await engine?.[asyncDispose]();
    },
  };
}

/** The page's encoder as the worker's engine sees it. The page disposes it. */
function encoderInPage(
  { model, backend }: NonNullable<WireOptions['encoder']>,
  encode: EncodeInPage,
): Encoder {
  return {
    model: fromWireModel(model),
    backend,
    encode(speech) {
      const copy = new Float32Array(speech);
      return encode(transfer(copy, [copy.buffer]));
    },
    [asyncDispose]: async () => undefined,
  };
}
