import type { FrontEndPreset, FrontEndSpec } from '../features/index.js';
import type { NamedTensors } from '../tensor.js';
import type { UpstreamModule } from './module.js';

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
  /** What else the keys and shapes fit as well, less likely; undefined where nothing does. */
  readonly alternatives?: readonly RecognizedArchitecture[];
}

/**
 * Reads one system's configuration off its state dict; undefined where it is none.
 *
 * @param metadata - what the checkpoint holds beside the tensors.
 */
export type Recognizer = (
  tensors: NamedTensors,
  metadata: Readonly<Record<string, unknown>>,
) => RecognizedArchitecture | undefined;

/** How a graph is run chunk by chunk. */
export interface StreamingPorts {
  /** Chunks are a whole number of so many frames. */
  readonly stack: number;
  /** The output for the last chunks. */
  readonly recent: string;
  /** Sizes of one stream; `'slots'` is how many chunks the last seconds are. */
  readonly states: readonly {
    readonly input: string;
    readonly output: string;
    readonly dims: readonly (number | 'slots')[];
  }[];
}

/** An encoder that whole checkpoints are converted to: from features to the embedding. */
export interface EncoderEntry {
  /** As its paper names it; also the value of `--architecture`. */
  readonly name: string;
  /** The upstream class that `name` stands for. */
  readonly class: string;
  /**
   * The features that upstream trains it on, by its constructor arguments.
   *
   * @throws VoiceprintError `model/unsupported` where no recipe of `features/` computes them.
   */
  readonly frontEnd: (config: Readonly<Record<string, unknown>>) => FrontEndSpec;
  /** Less common front ends of checkpoints with the same keys. @default none */
  readonly otherFrontEnds?: readonly FrontEndPreset[];
  /**
   * The output that is the embedding.
   * @default the graph's first
   */
  readonly output?: string;
  /** How the graph is run chunk by chunk; undefined where it needs the whole utterance. */
  readonly streaming?: (config: Readonly<Record<string, unknown>>) => StreamingPorts;
}

/** One published system: all that the package knows of it. */
export interface ArchitectureSystem {
  /** The upstream classes that graphs are built of: the whole encoder and its parts. */
  readonly modules: readonly UpstreamModule[];
  /** What a checkpoint is converted to; none where a system is a part of encoders only. */
  readonly encoders: readonly EncoderEntry[];
  /** Knows its own system by keys that no other has; undefined where there is no encoder. */
  readonly recognize?: Recognizer;
}

/** How many keys `<before>0<after>`, `<before>1<after>`... there are. */
export function countKeys(tensors: NamedTensors, before: string, after: string): number {
  let count = 0;
  while (tensors.has(`${before}${count}${after}`)) count++;
  return count;
}
