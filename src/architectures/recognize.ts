import type { NamedTensors } from '../tensor.js';
import { SYSTEMS } from './index.js';
import type { RecognizedArchitecture } from './system.js';

/**
 * Infers class and constructor arguments from the keys and shapes of a state dict. What shapes
 * cannot tell (dilations, activation) is assumed and said in `notes`.
 *
 * @param metadata - what the checkpoint holds beside the tensors; BEATs' `cfg` says all of it.
 * @returns undefined where no known system has such keys.
 */
export function recognizeArchitecture(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, unknown>> = {},
): RecognizedArchitecture | undefined {
  for (const { recognize } of SYSTEMS) {
    const found = recognize?.(tensors, metadata);
    if (found !== undefined) return found;
  }
  return undefined;
}
