import { VoiceprintError } from '../errors.js';

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
