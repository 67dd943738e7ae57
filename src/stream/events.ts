import type { StreamEvent, StreamOptions } from './types.js';

/**
 * Hands an event to everyone who wants it. A callback that throws is the page's own fault: it is
 * reported as any other of its errors, and the stream goes on.
 */
export function tellStream(options: StreamOptions, event: StreamEvent): void {
  guarded(options.onEvent, event);
  switch (event.type) {
    case 'score':
      guarded(options.onScore, event);
      break;
    case 'accept':
      guarded(options.onAccept, event);
      break;
    case 'reject':
      guarded(options.onReject, event);
      break;
    case 'speaker-change':
      guarded(options.onSpeakerChange, event);
      break;
    case 'no-speech':
      guarded(options.onNoSpeech, event);
      break;
    case 'degraded':
      guarded(options.onDegraded, event);
      break;
    case 'error':
      guarded(options.onError, event);
  }
}

/** Calls a callback of the page, if there is one, and outlives its failure. */
export function guarded<T>(callback: ((value: T) => unknown) | undefined, value: T): void {
  if (callback === undefined) return;
  try {
    const answer = callback(value);
    if (answer instanceof Promise) answer.catch(report);
  } catch (error) {
    report(error);
  }
}

function report(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
  else console.error(error);
}
