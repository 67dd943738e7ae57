import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { VoiceprintError } from '../../errors.js';
import { aborted, disposed } from '../../lifetime/ended.js';
import { createLifeline } from '../../lifetime/lifeline.js';
import { handleVoiceprintErrors } from './wire.js';

/** A worker whose calls end when it does. */
export interface WorkerHost<Api> {
  call<T>(work: (api: Remote<Api>) => Promise<T>): Promise<T>;
  /** Whether the worker died by itself. */
  readonly crashed: boolean;
  /** From here on a worker error means a crash, not a failure to start. */
  opened(): void;
  /** Lets calls that are under way end, runs one last call, then ends the worker. */
  close(last: (api: Remote<Api>) => Promise<void>): Promise<void>;
  /** Ends the worker at once; calls under way and after reject with the reason. */
  end(reason: unknown): void;
}

/**
 * Starts a worker and makes the first call to it. An aborted `signal` ends the worker while that
 * call runs.
 *
 * @throws VoiceprintError `backend/unavailable` when the worker cannot start, `backend/failed` when
 *   it dies, `aborted`, and whatever the call throws.
 */
export async function openWorkerHost<Api, T>(
  startWorker: () => Worker,
  signal: AbortSignal | undefined,
  open: (api: Remote<Api>) => Promise<T>,
): Promise<{ readonly host: WorkerHost<Api>; readonly opened: T }> {
  if (signal?.aborted === true) throw loadAborted(signal);
  handleVoiceprintErrors();
  const host = hostWorker<Api>(start(startWorker));
  const onAbort = (): void => host.end(loadAborted(signal));
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
  const call: WorkerHost<Api>['call'] = (work) => {
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
    get crashed() {
      return crashed;
    },
    opened() {
      started = true;
    },
    async close(last) {
      await call(last).catch(() => undefined);
      await Promise.allSettled(pending);
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

/** What an aborted load rejects with. */
export function loadAborted(signal: AbortSignal | undefined): VoiceprintError {
  return aborted('loading was aborted by the caller', signal?.reason);
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
