import type { ManifestStreaming } from '../../models/manifest.js';
import type { StreamState } from '../../runtime/types.js';

/**
 * The states of a stream as the runtime takes them.
 *
 * @param slots - How many chunks the last seconds are.
 */
export function stateDims(
  { states }: ManifestStreaming,
  slots: number,
): Record<string, StreamState> {
  return Object.fromEntries(
    states.map(({ input, output, dims }) => [
      input,
      { output, dims: dims.map((size) => (size === 'slots' ? slots : size)) },
    ]),
  );
}
