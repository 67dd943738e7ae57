import { proxy, transfer } from 'comlink';
import { VoiceprintError } from '../../errors.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import { isModelFiles, type ModelFiles } from '../../models/given-files.js';
import { SHIPPED_MODELS } from '../../models/registry.js';
import { startEngineWorker } from '../../platform/assets.js';
import type { Encoder } from '../encoder/types.js';
import { type EngineOptions, loadAborted } from '../options.js';
import type { LoadProgress } from '../progress.js';
import { openWorkerHost, type WorkerHost } from './host.js';
import {
  type EncodeInPage,
  type EngineWorkerApi,
  toWireModel,
  type WireEngine,
  type WireOptions,
} from './wire.js';

/** A worker with an engine in it, which is started again when it has died. */
export interface EngineWorker {
  /** What the engine said of itself when it was opened. */
  readonly opened: WireEngine;
  /** The caller's own encoder, which stays in the page. */
  readonly encoder: Encoder | undefined;
  /**
   * The worker of this moment; another one where that had died.
   *
   * @throws VoiceprintError `disposed` after {@link EngineWorker.close}, and as it did when it was
   *   opened first.
   */
  host(): Promise<WorkerHost<EngineWorkerApi>>;
  /** Lets calls that are under way end, then ends the worker and the caller's encoder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a worker and opens an engine in it. An aborted `signal` ends the worker while it loads, and
 * with it every download. An encoder of the caller's own stays in the page: the worker, which finds
 * the speech and puts everything together, calls it back.
 *
 * @throws VoiceprintError as `openEngine`, and `backend/unavailable` when the worker cannot start.
 */
export async function openEngineWorker(
  options: EngineOptions,
  startWorker: () => Worker = startEngineWorker,
): Promise<EngineWorker> {
  const { signal, onProgress = () => undefined, encoder } = options;
  try {
    if (signal?.aborted === true) throw loadAborted(signal);
    const wire = wireOptions(options);
    const start = (by: AbortSignal | undefined, tell: (progress: LoadProgress) => void) =>
      openWorkerHost<EngineWorkerApi, WireEngine>(startWorker, by, (api, alive) => {
        const progress = proxy((step: LoadProgress) => {
          alive();
          tell(step);
        });
        return encoder === undefined
          ? api.open(wire, progress)
          : api.open(wire, progress, proxy(encodeInPage(encoder)));
      });
    const { host, opened } = await start(signal, onProgress);
    const again = async () => (await start(undefined, () => undefined)).host;
    return revivable(host, opened, encoder, again);
  } catch (error) {
    await encoder?.[asyncDispose]();
    throw error;
  }
}

function revivable(
  first: WorkerHost<EngineWorkerApi>,
  opened: WireEngine,
  encoder: Encoder | undefined,
  start: () => Promise<WorkerHost<EngineWorkerApi>>,
): EngineWorker {
  let host = first;
  let reviving: Promise<WorkerHost<EngineWorkerApi>> | undefined;
  let closing: Promise<void> | undefined;
  const revive = async (): Promise<WorkerHost<EngineWorkerApi>> => {
    try {
      host = await start();
      return host;
    } finally {
      reviving = undefined;
    }
  };
  return {
    opened,
    encoder,
    async host() {
      if (closing !== undefined) {
        throw disposed('the engine was disposed; make another verifier with createVerifier()');
      }
      if (!host.crashed) return host;
      reviving ??= revive();
      return reviving;
    },
    close() {
      closing ??= (async () => {
        await reviving?.catch(() => undefined);
        await host.close((api) => api.dispose());
        await encoder?.[asyncDispose]();
      })();
      return closing;
    },
  };
}

function encodeInPage(encoder: Encoder): EncodeInPage {
  return async (speech) => {
    const encoded = await encoder.encode(speech);
    // The encoder may keep its array; a copy is given away.
    const values = new Float32Array(encoded.values);
    return transfer({ ...encoded, values }, [values.buffer]);
  };
}

function wireOptions(options: EngineOptions): WireOptions {
  const { signal, onProgress, model, streamingModel, encoder, ...rest } = options;
  return {
    ...rest,
    ...(model === undefined ? {} : { model: wireSource(model) }),
    ...(streamingModel === undefined ? {} : { streamingModel: wireSource(streamingModel) }),
    ...(encoder === undefined
      ? {}
      : { encoder: { model: toWireModel(encoder.model), backend: encoder.backend } }),
  };
}

function wireSource(model: string | URL | ModelFiles): string | ModelFiles {
  return isModelFiles(model) ? { files: model.files } : absoluteModel(model);
}

/** Names stay names; anything else is resolved here, because a worker has another base address. */
export function absoluteModel(model: string | URL): string {
  if (typeof model === 'string' && (SHIPPED_MODELS.includes(model) || /^[\w-]+$/.test(model))) {
    return model;
  }
  try {
    return new URL(model, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  } catch (cause) {
    throw new VoiceprintError(
      'model/unavailable',
      `${JSON.stringify(String(model))} is neither a shipped model (${SHIPPED_MODELS.join(', ')}) nor an address`,
      { cause },
    );
  }
}
