import type { CheckpointLimits } from '../checkpoint/limits.js';
import type { FrontEndPreset } from '../features/index.js';
import type { Manifest } from '../models/manifest.js';
import type { ConvertConfig } from './config.js';

/** What a report says of the features. */
export interface ReportedFeatures {
  /** Of the recipe, such as `speechbrain`. */
  readonly name: string;
  /** Nothing said which they are: the commonest for the architecture were taken. */
  readonly assumed: boolean;
  /** Recipes that checkpoints with such keys are trained on as well; empty unless assumed. */
  readonly others: readonly FrontEndPreset[];
}

/** One run of a graph on features; handed in, so that conversion needs no particular runtime. */
export type RunGraph = (
  model: Uint8Array,
  input: {
    /** Of the graph's input. */
    readonly name: string;
    /** Row-major values of the input. */
    readonly data: Float32Array;
    /** Sizes of the input. */
    readonly shape: readonly number[];
  },
  output: string,
) => Promise<Float32Array>;

/** Options of {@link convertCheckpoint}; the defaults are in {@link CONVERT_DEFAULTS}. */
export interface ConvertOptions {
  /** Name of the model: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Runs graphs for the self-check's embedding and the comparison with fp32. */
  readonly runGraph: RunGraph;
  /** Of the model, for its manifest. */
  readonly version?: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence?: string;
  /** Of the weights; sums are computed in float32 in any case. */
  readonly precision?: Manifest['precision'];
  /** A name such as `ecapa-tdnn`, or an upstream class; without it the keys tell. */
  readonly architecture?: string;
  /** Overrides what keys and shapes tell. */
  readonly config?: ConvertConfig;
  /**
   * The features that the checkpoint was trained on, or the name of a recipe for them.
   * @default what `config` says, else the commonest for its architecture, which the report tells
   */
  readonly frontEnd?: Manifest['frontEnd'] | FrontEndPreset;
  /**
   * Whether to build and run the float32 graph too, for {@link ConvertReport.cosineToFp32}.
   * @default up to {@link CONVERT_DEFAULTS}.comparedParameters: a large model is better not held twice
   */
  readonly compareToFp32?: boolean;
  /**
   * Path of the state dict in the checkpoint, such as `ema.model`, where it holds several encoders.
   * @default the only one that is recognized, under whatever keys and prefixes
   */
  readonly stateDict?: string;
  /** How much of the file may be read; defaults in `CHECKPOINT_LIMITS`. */
  readonly limits?: Partial<CheckpointLimits>;
  /** Called when a stage begins. */
  readonly onProgress?: (stage: ConvertStage) => void;
}

/** What a conversion is at. */
export type ConvertStage = 'reading' | 'building' | 'self-check' | 'comparing' | 'done';

/** Defaults of {@link ConvertOptions}. */
export const CONVERT_DEFAULTS = {
  version: '0.1.0',
  licence: 'unknown',
  precision: 'fp32',
  sampleRate: 16_000,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  selfCheckSeed: 1,
  selfCheckFrames: 60,
  /** Beyond the frames of the self-check, for what a front end cuts off at the ends. */
  spareSeconds: 0.1,
  minimumCosine: 0.9999,
  comparedParameters: 50_000_000,
} as const;

/** What conversion found and did. */
export interface ConvertReport {
  /** Name of the system, such as `ecapa-tdnn`. */
  readonly architecture: string;
  /** Dotted name of the upstream class. */
  readonly upstreamClass: string;
  /** Constructor arguments under their upstream names, as used. */
  readonly config: Readonly<Record<string, unknown>>;
  /** How many keys of the state dict went into the graph. */
  readonly usedKeys: number;
  /** Keys of the checkpoint that the embedding does not need. */
  readonly ignoredKeys: readonly string[];
  /** Where in the checkpoint the state dict was, such as `state_dict.model`; `''` if outermost. */
  readonly stateDict: string;
  /** Python classes of objects in the checkpoint that were passed over unread. */
  readonly foreign: readonly string[];
  /** Values that went into the graph, batch norm statistics included. */
  readonly parameters: number;
  /** What shapes could not tell and was assumed. */
  readonly notes: readonly string[];
  /** The features it was converted for; a wrong guess gives embeddings that are of no use. */
  readonly features: ReportedFeatures;
  /**
   * Cosine with the float32 graph's embedding of the self-check; 1 for `fp32` itself, NaN where
   * they were not compared.
   */
  readonly cosineToFp32: number;
}

/** A model folder in memory: nothing is written. */
export interface ModelFolder {
  /** What `manifest.json` says. */
  readonly manifest: Manifest;
  /** `model.onnx`, `manifest.json` and `README.md`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What was done and what was assumed. */
  readonly report: ConvertReport;
}
