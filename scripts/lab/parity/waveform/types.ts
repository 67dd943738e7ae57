import type { GraphDescription } from '../../../../src/architectures/module.js';
import type { TensorValue } from '../../../../src/tensor.js';
import type { Computed } from '../compare.js';
import type { NpyArray } from '../npy.js';

/** Arrays of a run by their names. */
export type RunArrays = Readonly<Record<string, NpyArray>>;

/** One run of which the inputs may hold a waveform. */
export interface WaveformRun {
  readonly inputs: RunArrays;
  /** Upstream constructor arguments of the case. */
  readonly ctor: Readonly<Record<string, unknown>>;
  readonly description: GraphDescription;
}

/** What came out of a front end. */
export interface FrontOutput {
  /** Inputs of the graph. */
  readonly tensors: Readonly<Record<string, TensorValue>>;
  /** Outputs of the run that the front end computes, under their names in the case. */
  readonly computed: Readonly<Record<string, Computed>>;
}

/** What a published system does to waveforms before its encoder sees them. */
export interface WaveformFront {
  /** Dotted names of the upstream classes. */
  readonly classes: readonly string[];
  /**
   * @returns undefined where the run gives no waveform: its inputs are the graph's own.
   * @throws VoiceprintError as front ends do, for waveforms that upstream refuses too.
   */
  readonly apply: (run: WaveformRun) => FrontOutput | undefined;
}
