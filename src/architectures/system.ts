import type { NamedTensors } from '../tensor.js';

/** What keys and shapes of a checkpoint say about the system it belongs to. */
export interface RecognizedArchitecture {
  /** The name of the system, such as `ska-tdnn`. */
  readonly architecture: string;
  /** Dotted upstream class name. */
  readonly class: string;
  /** Constructor arguments under upstream's names. */
  readonly config: Record<string, unknown>;
  /** What the shapes cannot tell, and what was assumed. */
  readonly notes: string[];
}

/** Reads one system's configuration off its state dict; undefined where it is none. */
export type Recognizer = (
  tensors: NamedTensors,
  metadata: Readonly<Record<string, unknown>>,
) => RecognizedArchitecture | undefined;

/** How many keys `<before>0<after>`, `<before>1<after>`... there are. */
export function countKeys(tensors: NamedTensors, before: string, after: string): number {
  let count = 0;
  while (tensors.has(`${before}${count}${after}`)) count++;
  return count;
}
