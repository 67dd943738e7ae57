import { buildGraph, describeGraph } from '../architectures/build-graph.js';
import { findEncoder } from '../architectures/find-encoder.js';
import type { Port } from '../architectures/module.js';
import { recognizeArchitecture } from '../architectures/recognize.js';
import type { EncoderEntry, RecognizedArchitecture } from '../architectures/system.js';
import {
  type ByteFile,
  type ByteSource,
  blobFile,
  type Checkpoint,
  type CheckpointContents,
  chooseStateDict,
  printable,
  readCheckpoint,
  type StateDict,
  stateDictPaths,
} from '../checkpoint/index.js';
import type { CheckpointLimits } from '../checkpoint/limits.js';
import { VoiceprintError } from '../errors.js';
import { sha256 } from '../models/download-hash.js';
import { MANIFEST_FORMAT, type Manifest, parseManifest } from '../models/manifest.js';
import { seededFeatures } from '../models/seeded-features.js';
import type { ConvertConfig } from './config.js';
import { modelCard } from './model-card.js';
import { UsedTensors } from './used-tensors.js';

/** One run of a graph on features; handed in, so that conversion needs no particular runtime. */
export type RunGraph = (
  model: Uint8Array,
  input: { readonly name: string; readonly data: Float32Array; readonly shape: readonly number[] },
  output: string,
) => Promise<Float32Array>;

/** Options of {@link convertCheckpoint}; the defaults are in {@link CONVERT_DEFAULTS}. */
export interface ConvertOptions {
  /** Name of the model: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly runGraph: RunGraph;
  readonly version?: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence?: string;
  /** Of the weights; sums are computed in float32 in any case. */
  readonly precision?: Manifest['precision'];
  /** A name such as `ecapa-tdnn`, or an upstream class; without it the keys tell. */
  readonly architecture?: string;
  /** Overrides what keys and shapes tell. */
  readonly config?: ConvertConfig;
  /** Overrides the features that upstream trains this architecture on. */
  readonly frontEnd?: Manifest['frontEnd'];
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
  readonly limits?: Partial<CheckpointLimits>;
  readonly onProgress?: (stage: ConvertStage) => void;
}

export type ConvertStage = 'reading' | 'building' | 'self-check' | 'comparing' | 'done';

export const CONVERT_DEFAULTS = {
  version: '0.1.0',
  licence: 'unknown',
  precision: 'fp32',
  sampleRate: 16_000,
  minimumSeconds: 1,
  recommendedSeconds: 6,
  selfCheckSeed: 1,
  selfCheckFrames: 60,
  minimumCosine: 0.9999,
  comparedParameters: 50_000_000,
} as const;

/** What conversion found and did. */
export interface ConvertReport {
  readonly architecture: string;
  readonly upstreamClass: string;
  readonly config: Readonly<Record<string, unknown>>;
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
  /**
   * Cosine with the float32 graph's embedding of the self-check; 1 for `fp32` itself, NaN where
   * they were not compared.
   */
  readonly cosineToFp32: number;
}

/** A model folder in memory: nothing is written. */
export interface ModelFolder {
  readonly manifest: Manifest;
  /** `model.onnx`, `manifest.json` and `README.md`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly report: ConvertReport;
}

/**
 * Turns a checkpoint into a model folder: in Node, a worker or a page.
 *
 * @param source - The checkpoint; it must not change meanwhile. A `ByteFile`, or a `Blob` in a
 *   worker, is read piece by piece, so that only what is used is ever in memory.
 * @throws VoiceprintError as {@link readCheckpoint} and {@link buildGraph};
 *   `model/unsupported` when no known architecture fits the keys, `model/malformed` when the graph
 *   does not give finite numbers.
 */
export async function convertCheckpoint(
  source: ByteSource | ByteFile | Blob,
  options: ConvertOptions,
): Promise<ModelFolder> {
  const { precision = CONVERT_DEFAULTS.precision, onProgress } = options;
  onProgress?.('reading');
  const file = source instanceof Blob ? (blobFile(source) ?? (await source.arrayBuffer())) : source;
  const checkpoint = readCheckpoint(file, options.limits);
  const { entry, config, notes, state } = chooseArchitecture(checkpoint, options);
  onProgress?.('building');
  const weights = new UsedTensors(state.tensors);
  const shape = describeShape(entry, config);
  const build = (as: Manifest['precision']) =>
    buildGraph(entry.class, config, weights.tensors, { precision: as, outputs: [shape.output] });
  const streaming = entry.streaming?.(config);
  const whole = build(precision);
  const model =
    streaming === undefined
      ? whole
      : buildGraph(entry.class, config, weights.tensors, { precision, ...shape.ports });
  onProgress?.('self-check');
  const least = Math.max(CONVERT_DEFAULTS.selfCheckFrames, shape.minimumFrames);
  const frames = least - (least % (streaming?.stack ?? 1));
  const input = {
    name: shape.input,
    data: seededFeatures(CONVERT_DEFAULTS.selfCheckSeed, frames, shape.featureSize),
    shape: [1, frames, shape.featureSize],
  };
  // The same numbers as from a stream's graph, which would want its states too.
  const embedding = await options.runGraph(whole, input, shape.output);
  if (!embedding.every(Number.isFinite)) {
    throw new VoiceprintError(
      'model/malformed',
      'the converted graph gives values that are not numbers: the weights hold NaN or infinities; train or download them again',
    );
  }
  let cosineToFp32 = 1;
  const { compareToFp32 = weights.parameters <= CONVERT_DEFAULTS.comparedParameters } = options;
  if (precision !== 'fp32' && !compareToFp32) cosineToFp32 = Number.NaN;
  else if (precision !== 'fp32') {
    onProgress?.('comparing');
    cosineToFp32 = cosine(embedding, await options.runGraph(build('fp32'), input, shape.output));
  }
  const manifest = parseManifest({
    format: MANIFEST_FORMAT,
    name: options.name,
    version: options.version ?? CONVERT_DEFAULTS.version,
    architecture: entry.name,
    upstream: { class: entry.class, config },
    licence: options.licence ?? CONVERT_DEFAULTS.licence,
    precision,
    files: {
      model: { path: 'model.onnx', sha256: await sha256(ownBytes(model)), bytes: model.length },
    },
    frontEnd: options.frontEnd ?? options.config?.frontEnd ?? entry.frontEnd(config),
    sampleRate: options.config?.sampleRate ?? CONVERT_DEFAULTS.sampleRate,
    input: { name: shape.input, minimumFrames: shape.minimumFrames },
    output: { name: shape.output },
    ...(streaming === undefined ? {} : { streaming }),
    embeddingSize: embedding.length,
    minimumSeconds: CONVERT_DEFAULTS.minimumSeconds,
    recommendedSeconds: CONVERT_DEFAULTS.recommendedSeconds,
    thresholds: [],
    calibration: [],
    selfCheck: {
      seed: CONVERT_DEFAULTS.selfCheckSeed,
      frames,
      embedding: [...embedding],
      minimumCosine: CONVERT_DEFAULTS.minimumCosine,
    },
    training: { data: [], recipe: '' },
    figures: [],
  });
  const report: ConvertReport = {
    architecture: entry.name,
    upstreamClass: entry.class,
    config,
    usedKeys: weights.used.length,
    ignoredKeys: weights.ignored,
    stateDict: state.path,
    foreign: checkpoint.foreign,
    parameters: weights.parameters,
    notes,
    cosineToFp32,
  };
  const text = new TextEncoder();
  onProgress?.('done');
  return {
    manifest,
    report,
    files: new Map([
      ['model.onnx', model],
      ['manifest.json', text.encode(`${JSON.stringify(manifest, undefined, 2)}\n`)],
      ['README.md', text.encode(modelCard(manifest, report.parameters, notes))],
    ]),
  };
}

interface Choice {
  readonly entry: EncoderEntry;
  readonly config: Record<string, unknown>;
  readonly notes: readonly string[];
  readonly state: StateDict;
}

function chooseArchitecture({ contents }: Checkpoint, options: ConvertOptions): Choice {
  const asked = options.architecture ?? options.config?.class;
  const state = chosenState(contents, asked, options.stateDict);
  const { found } = state;
  if (asked === undefined && found === undefined) {
    const few = (names: readonly string[]) => names.slice(0, 3).map((name) => printable(name));
    const paths = few(stateDictPaths(contents)).map((path) => `"${path}"`);
    throw new VoiceprintError(
      'model/unsupported',
      `no known architecture has the keys of this checkpoint (${few([...state.tensors.keys()]).join(', ')}, ...); name it with --architecture, or give its class in --config${paths.length === 0 ? '' : `; if its tensors are under one of ${paths.join(', ')}, name that with --state-dict`}`,
    );
  }
  const entry = resolveEntry(asked ?? found?.architecture ?? '', found);
  const given = options.config?.config ?? {};
  const fitting = [found, ...(found?.alternatives ?? [])].find(
    (each) => each?.class === entry.class,
  );
  if (fitting === undefined) return { entry, config: { ...given }, notes: [], state };
  // A note about an argument that the caller gave is no longer an assumption.
  const notes = fitting.notes.filter(
    (note) => !Object.keys(given).some((name) => new RegExp(`\\b${name}\\b`).test(note)),
  );
  return { entry, config: { ...fitting.config, ...given }, notes, state };
}

/** Of several encoders, one of the architecture that was asked for goes before the others. */
function chosenState(contents: CheckpointContents, asked?: string, named?: string) {
  if (asked !== undefined) {
    const fitting = chooseStateDict(
      contents,
      (tensors, metadata) => {
        const found = recognizeArchitecture(tensors, metadata);
        const names = [found?.architecture, found?.class, found?.class.split('.').at(-1)];
        return names.includes(asked) ? found : undefined;
      },
      named,
    );
    if (fitting.found !== undefined) return fitting;
  }
  return chooseStateDict(contents, recognizeArchitecture, named);
}

/** Two systems can share an upstream class: then the keys tell which it is. */
function resolveEntry(asked: string, found: RecognizedArchitecture | undefined): EncoderEntry {
  const entry = findEncoder(asked, found?.class);
  if (found === undefined || found.class !== entry.class || found.architecture === entry.name) {
    return entry;
  }
  if (asked !== entry.name) return findEncoder(found.architecture);
  throw new VoiceprintError(
    'model/unsupported',
    `the checkpoint has the keys of ${found.architecture}, not of ${asked}; leave out --architecture, or give ${found.architecture}`,
  );
}

interface GraphShape {
  readonly input: string;
  readonly output: string;
  readonly minimumFrames: number;
  readonly featureSize: number;
  /** All that the graph can take and give. */
  readonly ports: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
}

function describeShape(
  { class: upstream, output: embedding }: EncoderEntry,
  config: Readonly<Record<string, unknown>>,
): GraphShape {
  const description = describeGraph(upstream, config);
  const { inputs, outputs, featureSize } = description;
  // Fewer frames run in some systems and give NaN, which is no embedding.
  const minimumFrames = Math.max(description.minimumFrames, description.finiteFrames ?? 0);
  const [input] = inputs;
  const output = outputs.find(({ name }) => name === embedding) ?? outputs[0];
  if (input === undefined || output === undefined || featureSize === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `"${upstream}" is a part of an encoder, not one; convert the whole encoder`,
    );
  }
  const names = (ports: readonly Port[]) => ports.map(({ name }) => name);
  const ports = { inputs: names(inputs), outputs: names(outputs) };
  return { input: input.name, output: output.name, minimumFrames, featureSize, ports };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** WebCrypto takes no view of shared memory; a graph that was just built never is one. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}
