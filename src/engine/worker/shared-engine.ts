import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import { withTimeLimit } from '../../lifetime/time-limit.js';
import type { EncoderFactory } from '../encoder/types.js';
import type { Listening } from '../live/types.js';
import { type EngineOptions, loadAborted } from '../options.js';
import type { LoadProgress } from '../progress.js';
import type { Engine } from '../types.js';
import { absoluteModel } from './engine-worker.js';
import { ANSWER_LIMITS } from './host.js';

/** What makes two engines the same one. */
export type SharedEngineOptions = Pick<
  EngineOptions,
  'model' | 'streamingModel' | 'backend' | 'threads' | 'cache'
> & {
  /** Opens an encoder of the caller's own; the same factory is the same encoder. */
  readonly encoder?: EncoderFactory;
};

/** How one of those who share an engine takes part in opening it. */
export type SharerOptions = Pick<EngineOptions, 'onProgress' | 'signal'>;

/** Opens what is shared. */
export type OpenShared = (options: SharerOptions) => Promise<Engine>;

/** One engine and everybody who has it or waits for it. */
interface Shared {
  readonly opening: Promise<Engine>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: LoadProgress) => void>;
  latest: LoadProgress | undefined;
  sharers: number;
}

const shared = new Map<string, Shared>();
const identities = new WeakMap<object, number>();
let objects = 0;

/**
 * An engine that everybody on this page with the same options has in common: one worker, one
 * onnxruntime, one download. The last one who disposes it ends it; whoever gives up while it loads
 * ends the loading only for themselves.
 *
 * @param open - Opens it, for the first who asks.
 * @throws VoiceprintError `aborted`, and whatever `open` throws, for everybody who waits.
 */
export async function shareEngine(
  options: SharedEngineOptions,
  { onProgress, signal }: SharerOptions,
  open: OpenShared,
): Promise<Engine> {
  if (signal?.aborted === true) throw loadAborted(signal);
  const key = keyOf(options);
  const entry = shared.get(key) ?? begin(key, open);
  entry.sharers += 1;
  const leave = once(() => release(key, entry));
  if (onProgress !== undefined) {
    entry.listeners.add(onProgress);
    if (entry.latest !== undefined) onProgress(entry.latest);
  }
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(loadAborted(signal));
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return sharerOf(await Promise.race([entry.opening, stopped]), leave);
  } catch (error) {
    leave().catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    if (onProgress !== undefined) entry.listeners.delete(onProgress);
  }
}

function begin(key: string, open: OpenShared): Shared {
  const stop = new AbortController();
  const listeners = new Set<(progress: LoadProgress) => void>();
  const tell = (progress: LoadProgress): void => {
    entry.latest = progress;
    for (const listener of listeners) listener(progress);
  };
  const entry: Shared = {
    stop,
    listeners,
    latest: undefined,
    sharers: 0,
    // Not before whoever asked first listens.
    opening: Promise.resolve().then(() => open({ signal: stop.signal, onProgress: tell })),
  };
  shared.set(key, entry);
  // What failed may be tried again.
  entry.opening.catch(() => forget(key, entry));
  return entry;
}

async function release(key: string, entry: Shared): Promise<void> {
  entry.sharers -= 1;
  if (entry.sharers > 0) return;
  forget(key, entry);
  entry.stop.abort();
  const engine = await entry.opening.catch(() => undefined);
  await engine?.[asyncDispose]();
}

function forget(key: string, entry: Shared): void {
  if (shared.get(key) === entry) shared.delete(key);
}

/** The engine as one of its sharers has it: it ends for them alone. */
function sharerOf(engine: Engine, leave: () => Promise<void>): Engine {
  const underWay = new Set<Promise<unknown>>();
  const streams = new Set<Listening>();
  let leaving: Promise<void> | undefined;
  const use = async <T>(work: () => Promise<T>): Promise<T> => {
    if (leaving !== undefined) {
      throw disposed('the engine was disposed; make another verifier with createVerifier()');
    }
    const answer = work();
    underWay.add(answer);
    try {
      return await answer;
    } finally {
      underWay.delete(answer);
    }
  };
  return {
    models: engine.models,
    get backend() {
      return engine.backend;
    },
    hear: (clip, ask) => use(() => engine.hear(clip, ask)),
    listen: (options) =>
      use(async () => {
        const stream = await engine.listen(options);
        streams.add(stream);
        return {
          push: (samples, length) => stream.push(samples, length),
          endTurn: (keepSeconds) => stream.endTurn(keepSeconds),
          reset: () => stream.reset(),
          [asyncDispose]: () => {
            streams.delete(stream);
            return stream[asyncDispose]();
          },
        };
      }),
    hold: (embeddings) => use(() => engine.hold(embeddings)),
    search: (query, limit) => use(() => engine.search(query, limit)),
    [asyncDispose]() {
      leaving ??= (async () => {
        const ending = Promise.allSettled(underWay);
        await withTimeLimit(ending, ANSWER_LIMITS.close, () => undefined).catch(() => undefined);
        await Promise.allSettled([...streams].map((stream) => stream[asyncDispose]()));
        await leave();
      })();
      return leaving;
    },
  };
}

function keyOf({ model, streamingModel, encoder, ...rest }: SharedEngineOptions): string {
  const sources = [model, streamingModel].map((source) =>
    typeof source === 'string' || source instanceof URL
      ? absoluteModel(source)
      : source && identityOf(source.files),
  );
  return JSON.stringify([...sources, encoder && identityOf(encoder), Object.entries(rest).sort()]);
}

/** Files and factories are the same when they are the same object. */
function identityOf(value: object): number {
  const identity = identities.get(value) ?? ++objects;
  identities.set(value, identity);
  return identity;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
