import { type Remote, releaseProxy, transfer } from 'comlink';
import { SAMPLE_RATE } from '../../audio/limits.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import type { Model } from '../../models/model.js';
import { isDeviceLoss } from '../../runtime/gpu-device.js';
import type { BackendReport } from '../../runtime/types.js';
import type { Listening, ListenOptions } from '../live/types.js';
import type { EngineOptions } from '../options.js';
import type { Engine, Heard, HearOptions, HeldEmbedding, Ranked } from '../types.js';
import { type EngineWorker, openEngineWorker } from './engine-worker.js';
import { ANSWER_LIMITS, sent, type WorkerHost } from './host.js';
import { type EngineWorkerApi, fromWireModel, type WireListening } from './wire.js';

/**
 * Opens an engine in a module worker, so that the page never waits for features or inference: as
 * {@link openEngineWorker}, then {@link remoteEngine}.
 *
 * @param startWorker - Brings another worker; it must run ./engine.worker.ts.
 * @throws VoiceprintError as `openEngine`, and `backend/unavailable` when the worker cannot start.
 */
export async function openWorkerEngine(
  options: EngineOptions,
  startWorker?: () => Worker,
): Promise<Engine> {
  return remoteEngine(await openEngineWorker(options, startWorker));
}

/**
 * The engine of a worker, as seen from the page.
 *
 * Samples are copied once and the copy is transferred: the caller's arrays stay as they were. If the
 * worker dies or does not answer in time, every call under way rejects with `backend/failed`, and the
 * next one starts another worker; what was listened to is lost with the worker.
 */
function remoteEngine(worker: EngineWorker): Engine {
  return new RemoteEngine(worker);
}

class RemoteEngine implements Engine {
  readonly models: readonly Model[];
  readonly #worker: EngineWorker;
  #backend: BackendReport;
  /** For a worker that is started again. */
  #held:
    | { readonly embeddings: readonly HeldEmbedding[]; host: WorkerHost<EngineWorkerApi> }
    | undefined;

  constructor(worker: EngineWorker) {
    this.#worker = worker;
    this.models = worker.opened.models.map(fromWireModel);
    this.#backend = worker.opened.backend;
  }

  get backend(): BackendReport {
    return this.#worker.encoder?.backend ?? this.#backend;
  }

  async hear(clip: Float32Array, ask: HearOptions = {}): Promise<Heard> {
    const host = await this.#worker.host();
    const seconds = clip.length / SAMPLE_RATE;
    const limit = ANSWER_LIMITS.hear + ANSWER_LIMITS.hearPerSecond * seconds;
    const heard = await use(host, () => host.call((api) => api.hear(sent(clip), ask), limit));
    this.#backend = heard.backend;
    return { ...heard, backend: this.backend };
  }

  async listen(options: ListenOptions): Promise<Listening> {
    // A stream is bound to its worker: one that is started again knows nothing of it.
    const host = await this.#worker.host();
    const limit = ANSWER_LIMITS.hear;
    const remote = await host.call(
      (api) => api.listen(options) as Promise<Remote<WireListening>>,
      limit,
    );
    let closing: Promise<void> | undefined;
    return {
      push: async (samples, length) => {
        const step = await use(host, () =>
          host.call(() => remote.push(transfer(samples, [samples.buffer]), length), limit),
        );
        this.#backend = step.backend;
        return { ...step, backend: this.backend };
      },
      endTurn: (keepSeconds) => host.call(() => remote.endTurn(keepSeconds), limit),
      reset: () => host.call(() => remote.reset(), limit),
      [asyncDispose]: () => {
        closing ??= host
          .call(() => remote.close(), ANSWER_LIMITS.close)
          // A worker that is gone took the stream with it.
          .catch(() => undefined)
          .finally(() => remote[releaseProxy]());
        return closing;
      },
    };
  }

  async hold(embeddings: readonly HeldEmbedding[]): Promise<void> {
    const host = await this.#worker.host();
    await host.call((api) => api.hold(embeddings), ANSWER_LIMITS.hear);
    this.#held = { embeddings, host };
  }

  async search(query: Float32Array, limit: number): Promise<Ranked[]> {
    const host = await this.#worker.host();
    // A worker that was started again holds nothing yet.
    if (this.#held !== undefined && this.#held.host !== host)
      await this.hold(this.#held.embeddings);
    return host.call((api) => api.search(query, limit), ANSWER_LIMITS.hear);
  }

  [asyncDispose](): Promise<void> {
    return this.#worker.close();
  }
}

/** A device that was lost took its build with it where the engine could not move: the worker goes, too. */
async function use<T>(host: WorkerHost<EngineWorkerApi>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDeviceLoss(error)) host.retire(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
