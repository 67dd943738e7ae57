import { stopIfAborted } from '../lifetime/ended.js';

/** @throws VoiceprintError `aborted` after the signal of a call was given. */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  stopIfAborted(signal, 'aborted by the caller; nothing was stored');
}
