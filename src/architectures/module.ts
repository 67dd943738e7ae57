import type { Dim, GraphBuilder } from '../onnx/index.js';
import type { StateDict } from './state-dict.js';

/** An input or output of a graph in upstream's own layout. */
export interface Port {
  /** As upstream's argument or output is called. */
  readonly name: string;
  /** Element type. */
  readonly dtype: 'float32' | 'int64' | 'int32' | 'uint8' | 'bool';
  /** Sizes; a name stands for one that may differ from run to run. */
  readonly shape: readonly Dim[];
  /** Inputs that upstream may be called without. */
  readonly optional?: boolean;
}

/** What must be known about a graph before it is run. */
export interface GraphDescription {
  /** What the graph takes, in order. */
  readonly inputs: readonly Port[];
  /** All outputs that can be asked for; the first is the default. */
  readonly outputs: readonly Port[];
  /**
   * Fewest frames of the time axis. Shorter input is refused by upstream (reflect padding needs
   * more frames than it adds), but WebGPU computes garbage from it without a word.
   */
  readonly minimumFrames: number;
  /**
   * Fewest frames of which upstream gives numbers: fewer run and give NaN, since a variance over one
   * frame has none. @default minimumFrames
   */
  readonly finiteFrames?: number;
  /** Most frames of the time axis; undefined where there is no bound. */
  readonly maximumFrames?: number;
  /** The axis of the first input that counts frames; undefined where there is none. */
  readonly frameAxis?: number;
  /** Values of an embedding; undefined for a module that gives none. */
  readonly embeddingSize?: number;
  /** Values per frame of the input. */
  readonly featureSize?: number;
  /**
   * Why inputs of these shapes cannot be taken, where that depends on several sizes at once;
   * undefined where they can.
   */
  readonly refuse?: (shapes: InputShapes) => string | undefined;
}

/** Sizes of the inputs of one run, by name. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/** One upstream class with its constructor arguments applied. */
export interface ConfiguredModule {
  readonly description: GraphDescription;
  /** Adds the module to the graph, its inputs and the asked outputs included. */
  build(g: GraphBuilder, weights: StateDict, request: GraphRequest): void;
}

/** Which inputs and outputs the graph is to have; both were checked against the description. */
export interface GraphRequest {
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  /**
   * Arguments of upstream's `forward` that are no tensors, such as `need_weights`. The class checks
   * them; most take none.
   */
  readonly args: Readonly<Record<string, unknown>>;
}

/** One upstream class. */
export interface UpstreamModule {
  /** Dotted name, as upstream imports it. */
  readonly cls: string;
  /** @throws VoiceprintError `graph/invalid` on options that upstream has not or cannot take. */
  configure(config: Readonly<Record<string, unknown>>): ConfiguredModule;
}
