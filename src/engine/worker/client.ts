import { proxy, transfer } from 'comlink';
import { VoiceprintError } from '../../errors.js';
import { isModelFiles } from '../../models/given-files.js';
import { SHIPPED_MODELS } from '../../models/registry.js';
import type { BackendReport } from '../../runtime/types.js';
import type { Engine, EngineOptions, SpeechEngine, SpeechEngineOptions } from '../types.js';
import { loadAborted, openWorkerHost, sent, type WorkerHost } from './host.js';
import type { EngineWorkerApi, WireEngine, WireOptions } from './wire.js';

/**
 * Opens an engine in a module worker, so that the page never waits for features or inference.
 *
 * Samples are copied once and the copy is transferred: the caller's arrays stay as they were. If
 * the worker dies, every call under way and after it rejects with `backend/failed`. An aborted
 * `signal` ends the worker while it loads, and with it every download.
 *
 * @param startWorker - Brings another worker; it must run ./engine.worker.ts.
 * @throws VoiceprintError as `openEngine`, and `backend/unavailable` when the worker cannot start.
 */
export async function openWorkerEngine(
  options: EngineOptions,
  startWorker: () => Worker = startEngineWorker,
): Promise<Engine> {
  const { signal, onProgress = () => undefined, model, ...rest } = options;
  if (signal?.aborted === true) throw loadAborted(signal);
  const wire: WireOptions = {
    ...rest,
    model: isModelFiles(model) ? { files: model.files } : absolute(model),
  };
  const progress = proxy(onProgress);
  const start = (by?: AbortSignal) =>
    openWorkerHost<EngineWorkerApi, WireEngine>(startWorker, by, (api) => api.open(wire, progress));
  const { host, opened } = await start(signal);
  let backend = opened.backend;
  const life = revivable(host, async () => {
    const again = await start();
    backend = again.opened.backend;
    return again.host;
  });
  return {
    ...speechOf(life, backend),
    get backend() {
      return backend;
    },
    manifest: opened.manifest,
    async openVoiceStream(options) {
      // A stream is bound to its worker: one that is started again knows nothing of it.
      const { host } = life;
      const voice = await host.call((api) => api.openVoice(options));
      return {
        async push(samples, length) {
          const step = await host.call((api) =>
            api.pushVoice(voice, transfer(samples, [samples.buffer]), length),
          );
          backend = step.backend;
          return step;
        },
        endTurn: (keepSeconds) => host.call((api) => api.endVoiceTurn(voice, keepSeconds)),
        reset: () => host.call((api) => api.resetVoice(voice)),
        close: () => host.call((api) => api.closeVoice(voice)).catch(ignoreDisposed),
      };
    },
    async embed(speech) {
      const encoded = await life.host.call((api) => api.embed(sent(speech)));
      if (backend.name === 'webgpu') backend = await life.host.call((api) => api.backend());
      return encoded;
    },
  };
}

/**
 * Opens speech detection alone in a module worker, for an encoder that runs elsewhere. Otherwise
 * as {@link openWorkerEngine}.
 */
export async function openWorkerSpeech(
  options: SpeechEngineOptions = {},
  startWorker: () => Worker = startEngineWorker,
): Promise<SpeechEngine> {
  const { signal, ...wire } = options;
  const { host, opened } = await openWorkerHost<EngineWorkerApi, BackendReport>(
    startWorker,
    signal,
    (api) => api.openSpeech(wire),
  );
  const life = revivable(host, async () => {
    const again = await openWorkerHost<EngineWorkerApi, BackendReport>(
      startWorker,
      undefined,
      (api) => api.openSpeech(wire),
    );
    return again.host;
  });
  return speechOf(life, opened);
}

/** A worker that can be started again when it died. */
interface Revivable {
  /** The worker of this moment. */
  readonly host: WorkerHost<EngineWorkerApi>;
  revive(): Promise<boolean>;
  close(): Promise<void>;
}

function revivable(
  first: WorkerHost<EngineWorkerApi>,
  start: () => Promise<WorkerHost<EngineWorkerApi>>,
): Revivable {
  let host = first;
  let reviving: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  return {
    get host() {
      return host;
    },
    async revive() {
      if (!host.crashed || closing !== undefined) return false;
      reviving ??= start()
        .then((again) => {
          host = again;
        })
        .finally(() => {
          reviving = undefined;
        });
      await reviving;
      return true;
    },
    close() {
      closing ??= (async () => {
        await reviving?.catch(() => undefined);
        await host.close((api) => api.dispose());
      })();
      return closing;
    },
  };
}

function speechOf(life: Revivable, backend: BackendReport): SpeechEngine {
  return {
    backend,
    analyse: (samples, minimumSpeechSeconds) =>
      life.host.call((api) => api.analyse(sent(samples), minimumSpeechSeconds)),
    async openSpeechStream() {
      const { host } = life;
      const stream = await host.call((api) => api.openStream());
      return {
        push: (samples) => host.call((api) => api.pushStream(stream, sent(samples))),
        close: () => host.call((api) => api.closeStream(stream)).catch(ignoreDisposed),
      };
    },
    async openSpeechGate() {
      const { host } = life;
      const gate = await host.call((api) => api.openGate());
      return {
        push: (samples) => host.call((api) => api.pushGate(gate, sent(samples))),
        reset: () => host.call((api) => api.resetGate(gate)),
        close: () => host.call((api) => api.closeGate(gate)).catch(ignoreDisposed),
      };
    },
    restart: () => life.revive(),
    dispose: () => life.close(),
  };
}

function startEngineWorker(): Worker {
  return new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' });
}

/** Names stay names; anything else is resolved here, because a worker has another base address. */
function absolute(model: string | URL): string {
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

function ignoreDisposed(error: unknown): void {
  if (!(error instanceof VoiceprintError && error.code === 'disposed')) throw error;
}
