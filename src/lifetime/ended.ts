import { VoiceprintError } from '../errors.js';

/**
 * What calls reject with after `dispose()` or `close()`.
 *
 * @param message - Which thing was closed, and what to open instead.
 */
export function disposed(message: string): VoiceprintError {
  return new VoiceprintError('disposed', message);
}

/**
 * What a call rejects with whose caller gave it up.
 *
 * @param message - What was stopped, and what follows for what is stored.
 * @param cause - The reason of the signal, or what the stopped work threw.
 */
export function aborted(message: string, cause?: unknown): VoiceprintError {
  return new VoiceprintError('aborted', message, cause === undefined ? undefined : { cause });
}

/**
 * Stops here where the signal of a call was given.
 *
 * @throws VoiceprintError `aborted`, with `message` and the signal's reason.
 */
export function stopIfAborted(signal: AbortSignal | undefined, message: string): void {
  if (signal?.aborted === true) throw aborted(message, signal.reason);
}
