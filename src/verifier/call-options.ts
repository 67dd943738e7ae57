import { VoiceprintError } from '../errors.js';
import { stopIfAborted } from '../lifetime/ended.js';

/**
 * Options as they came from a page, which TypeScript may not have checked.
 *
 * @throws VoiceprintError `verifier/invalid` for what is no object.
 */
export function checkOptionsObject<T extends object>(options: T): T {
  if (typeof options === 'object' && options !== null) return options;
  throw new VoiceprintError(
    'verifier/invalid',
    `the options are ${String(options)}; leave them out or give an object`,
  );
}

/** @throws VoiceprintError `aborted` after the signal of a call was given. */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  stopIfAborted(signal, 'aborted by the caller; nothing was stored');
}
