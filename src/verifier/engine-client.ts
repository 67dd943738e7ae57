import { proxy, releaseProxy, transfer, wrap } from 'comlink';
import { VoiceprintError } from '../errors.js';
import { SHIPPED_MODELS } from '../models/registry.js';
import { createLifeline } from '../runtime/lifeline.js';
import type { BackendReport } from '../runtime/types.js';
import type { Engine, EngineOptions, SpeechEngine, SpeechEngineOptions } from './engine-types.js';
import { type EngineWorkerApi, handleVoiceprintErrors, type WireOptions } from './engine-wire.js';

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
  if (signal?.aborted === true) throw aborted(signal);
  const wire: WireOptions = { ...rest, model: absolute(model) };
  const progress = proxy(onProgress);
  const { host, opened } = await openHost(startWorker, signal, (api) => api.open(wire, progress));
  return {
    manifest: opened.manifest,
    embed: (speech) => host.call((api) => api.embed(sent(speech))),
    ...speechOf(host, opened.backend),
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
  const { host, opened } = await openHost(startWorker, signal, (api) => api.openSpeech(wire));
  return speechOf(host, opened);
}

async function openHost<T>(
  startWorker: () => Worker,
  signal: AbortSignal | undefined,
  open: (api: RemoteApi) => Promise<T>,
): Promise<{ readonly host: WorkerHost; readonly opened: T }> {
  if (signal?.aborted === true) throw aborted(signal);
  handleVoiceprintErrors();
  const host = hostWorker(start(startWorker));
  const onAbort = (): void => host.end(aborted(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const opened = await host.call(open);
    host.opened();
    return { host, opened };
  } catch (error) {
    host.end(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function speechOf(host: WorkerHost, backend: BackendReport): SpeechEngine {
  let disposal: Promise<void> | undefined;
  return {
    backend,
    analyse: (samples, minimumSpeechSeconds) =>
      host.call((api) => api.analyse(sent(samples), minimumSpeechSeconds)),
    async openSpeechStream() {
      const stream = await host.call((api) => api.openStream());
      return {
        push: (samples) => host.call((api) => api.pushStream(stream, sent(samples))),
        close: () => host.call((api) => api.closeStream(stream)).catch(ignoreDisposed),
      };
    },
    dispose() {
      disposal ??= host.close((api) => api.dispose());
      return disposal;
    },
  };
}

type RemoteApi = ReturnType<typeof wrap<EngineWorkerApi>>;

/** A worker whose calls end when it does. */
interface WorkerHost {
  call<T>(work: (api: RemoteApi) => Promise<T>): Promise<T>;
  /** From here on a worker error means a crash, not a failure to start. */
  opened(): void;
  /** Lets calls that are under way end, runs one last call, then ends the worker. */
  close(last: (api: RemoteApi) => Promise<void>): Promise<void>;
  /** Ends the worker at once; calls under way and after reject with the reason. */
  end(reason: unknown): void;
}

function hostWorker(worker: Worker): WorkerHost {
  const api = wrap<EngineWorkerApi>(worker);
  let started = false;
  let ended: { readonly reason: unknown } | undefined;
  const lifeline = createLifeline();

  const end = (reason: unknown): void => {
    if (ended !== undefined) return;
    ended = { reason };
    lifeline.cut(reason);
    worker.terminate();
    api[releaseProxy]();
  };
  worker.addEventListener('error', (event) => {
    // Reported by the rejection; the console stays quiet.
    event.preventDefault();
    end(started ? crashed(event.message) : notStarted(event.message));
  });
  worker.addEventListener('messageerror', () => end(crashed('a message could not be read')));

  const pending = new Set<Promise<unknown>>();
  const call: WorkerHost['call'] = (work) => {
    if (ended !== undefined) return Promise.reject(ended.reason);
    const answer = lifeline.hold(work(api));
    pending.add(answer);
    const forget = (): void => {
      pending.delete(answer);
    };
    answer.then(forget, forget);
    return answer;
  };
  return {
    call,
    opened() {
      started = true;
    },
    async close(last) {
      await call(last).catch(() => undefined);
      await Promise.allSettled(pending);
      end(
        new VoiceprintError(
          'backend/disposed',
          'the engine was disposed; make another verifier with createVerifier()',
        ),
      );
    },
    end,
  };
}

function startEngineWorker(): Worker {
  return new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module' });
}

function start(startWorker: () => Worker): Worker {
  try {
    return startWorker();
  } catch (cause) {
    throw notStarted(cause instanceof Error ? cause.message : String(cause), cause);
  }
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

/** A copy that may be given away; the caller keeps the original. */
function sent(samples: Float32Array): Float32Array {
  const copy = new Float32Array(samples);
  return transfer(copy, [copy.buffer]);
}

function ignoreDisposed(error: unknown): void {
  if (!(error instanceof VoiceprintError && error.code === 'backend/disposed')) throw error;
}

function aborted(signal: AbortSignal | undefined): VoiceprintError {
  return new VoiceprintError('verifier/aborted', 'loading was aborted by the caller', {
    cause: signal?.reason,
  });
}

function notStarted(message: string, cause?: unknown): VoiceprintError {
  return new VoiceprintError(
    'backend/unavailable',
    `the engine's worker did not start (${message || 'its script could not be loaded'}); serve the package from the page's own origin and allow worker-src 'self' in the Content-Security-Policy`,
    { cause },
  );
}

function crashed(message: string): VoiceprintError {
  return new VoiceprintError(
    'backend/failed',
    `the engine's worker ended unexpectedly (${message || 'no message'}); make the verifier again`,
  );
}
