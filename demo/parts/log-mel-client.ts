import type { LogMelAnswer, LogMelRequest } from './log-mel.worker.js';

// One worker for the life of the page, started with it: later it would be a request after load.
const worker = new Worker(new URL('./log-mel.worker.ts', import.meta.url), { type: 'module' });
let asked = 0;

/** A number that no other request has. */
export function nextRequestId(): number {
  asked += 1;
  return asked;
}

/** Sends a request; the samples go along and are empty afterwards. */
export function requestLogMel(request: LogMelRequest): void {
  worker.postMessage(request, [request.samples.buffer]);
}

/** @returns what ends the listening. */
export function onLogMel(listen: (answer: LogMelAnswer) => void): () => void {
  const hear = ({ data }: MessageEvent<LogMelAnswer>): void => listen(data);
  worker.addEventListener('message', hear);
  return () => worker.removeEventListener('message', hear);
}
