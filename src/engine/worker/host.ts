import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { VoiceprintError } from '../../errors.js';
import { disposed } from '../../lifetime/ended.js';
import { createLifeline } from '../../lifetime/lifeline.js';
import { withTimeLimit } from '../../lifetime/time-limit.js';
import { loadAborted } from '../options.js';
import { handleVoiceprintErrors } from './wire.js';

/**
 * Milliseconds after which a worker that says nothing is given up: far beyond what the slowest device
 * takes (a software GPU compiles shaders for a minute), so that nobody waits for ever.
 */
export const ANSWER_LIMITS = {
  /** While it loads, without any news of progress: a download that stalls, a script that never runs. */
  open: 300_000,
  /** For a clip, beside what its length adds. */
  hear: 300_000,
  /** For each second of a clip. */
  hearPerSecond: 5_000,
  /** For calls under way and the closing of everything, once it is to end. */
  close: 30_000,
} as const;

/** A worker whose calls end when it does. */
export interface WorkerHost<Api> {
  /**
   * @param limit - Milliseconds until a worker that does not answer is ended. @defaultValue never
   */
  call<T>(work: (api: Remote<Api>) => Promise<T>, limit?: number): Promise<T>;
  /** Whether the worker died by itself. */
  readonly crashed: boolean;
  /** Ends the worker as if it had died: nothing in it can be used again. */
  retire(why: string): void;
  /** From here on a worker error means a crash, not a failure to start. */
  opened(): void;
  /** Lets calls that are under way end, runs one last call, then ends the worker. */
  close(last: (api: Remote<Api>) => Promise<void>): Promise<void>;
  /** Ends the worker at once; calls under way and after reject with the reason. */
  end(reason: unknown): void;
}

/**
 * Starts a worker and makes the first call to it. An aborted `signal` ends the worker while that
 * call runs, and so does silence: `open` says with `alive` that something goes on.
 *
 * @throws VoiceprintError `backend/unavailable` when the worker cannot start, `backend/failed` when
 *   it dies, `aborted`, and whatever the call throws.
 */
export async function openWorkerHost<Api, T>(
  startWorker: () => Worker,
  signal: AbortSignal | undefined,
  open: (api: Remote<Api>, alive: () => void) => Promise<T>,
): Promise<{ readonly host: WorkerHost<Api>; readonly opened: T }> {
  if (signal?.aborted === true) throw loadAborted(signal);
  handleVoiceprintErrors();
  const host = hostWorker<Api>(start(startWorker));
  const onAbort = (): void => host.end(loadAborted(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => host.end(notStarted('it did not answer')), ANSWER_LIMITS.open);
  };
  try {
    alive();
    const opened = await host.call((api) => open(api, alive));
    host.opened();
    return { host, opened };
  } catch (error) {
    host.end(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function hostWorker<Api>(worker: Worker): WorkerHost<Api> {
  const api = wrap<Api>(worker);
  let started = false;
  let crashed = false;
  let ended: { readonly reason: unknown } | undefined;
  const lifeline = createLifeline();

  const end = (reason: unknown): void => {
    if (ended !== undefined) return;
    ended = { reason };
    lifeline.cut(reason);
    worker.terminate();
    api[releaseProxy]();
  };
  const crash = (message: string): void => {
    if (ended === undefined) crashed = started;
    end(started ? crashError(message) : notStarted(message));
  };
  worker.addEventListener('error', (event) => {
    // Reported by the rejection; the console stays quiet.
    event.preventDefault();
    crash(event.message);
  });
  worker.addEventListener('messageerror', () => crash('a message could not be read'));

  const pending = new Set<Promise<unknown>>();
  const silent = (limit: number): unknown => {
    crash(`it did not answer within ${Math.round(limit / 1000)} s`);
    return ended?.reason;
  };
  const call: WorkerHost<Api>['call'] = (work, limit = Number.POSITIVE_INFINITY) => {
    if (ended !== undefined) return Promise.reject(ended.reason);
    const answer = withTimeLimit(lifeline.hold(work(api)), limit, () => silent(limit));
    pending.add(answer);
    const forget = (): void => {
      pending.delete(answer);
    };
    answer.then(forget, forget);
    return answer;
  };
  return {
    call,
    get crashed() {
      return crashed;
    },
    retire: crash,
    opened() {
      started = true;
    },
    async close(last) {
      const ending = call(last).then(() => Promise.allSettled(pending));
      await withTimeLimit(ending, ANSWER_LIMITS.close, () => undefined).catch(() => undefined);
      end(disposed('the engine was disposed; make another verifier with createVerifier()'));
    },
    end,
  };
}

function start(startWorker: () => Worker): Worker {
  try {
    return startWorker();
  } catch (cause) {
    throw notStarted(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** A copy that may be given away; the caller keeps the original. */
export function sent(samples: Float32Array): Float32Array {
  const copy = new Float32Array(samples);
  return transfer(copy, [copy.buffer]);
}

function notStarted(message: string, cause?: unknown): VoiceprintError {
  return new VoiceprintError(
    'backend/unavailable',
    `the engine's worker did not start (${message || 'its script could not be loaded'}); serve the package from the page's own origin and allow worker-src 'self' in the Content-Security-Policy`,
    { cause },
  );
}

function crashError(message: string): VoiceprintError {
  return new VoiceprintError(
    'backend/failed',
    `the engine's worker ended unexpectedly (${message || 'no message'}); make the verifier again`,
  );
}
