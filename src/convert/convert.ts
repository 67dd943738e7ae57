import { buildGraph } from '../architectures/build-graph.js';
import type { StreamingPorts } from '../architectures/system.js';
import { type ByteFile, type ByteSource, blobFile, readCheckpoint } from '../checkpoint/index.js';
import { VoiceprintError } from '../errors.js';
import { createFrontEnd } from '../features/index.js';
import { sha256 } from '../models/download-hash.js';
import { MANIFEST_FORMAT, type Manifest, parseManifest } from '../models/manifest.js';
import { seededSamples, wholeChunks } from '../models/seeded-features.js';
import { type Choice, chooseArchitecture } from './choose-architecture.js';
import { type ChosenFeatures, chooseFeatures } from './choose-features.js';
import { describeShape, type GraphShape } from './graph-shape.js';
import { modelCard } from './model-card.js';
import {
  CONVERT_DEFAULTS,
  type ConvertOptions,
  type ConvertReport,
  type ModelFolder,
} from './types.js';
import { UsedTensors } from './used-tensors.js';

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
  const { onProgress } = options;
  onProgress?.('reading');
  const file = source instanceof Blob ? (blobFile(source) ?? (await source.arrayBuffer())) : source;
  const checkpoint = readCheckpoint(file, options.limits);
  const choice = chooseArchitecture(checkpoint, options);
  const shape = describeShape(choice.entry, choice.config);
  const features = chooseFeatures(choice, shape.featureSize, options);
  onProgress?.('building');
  const built = buildGraphs(choice, shape, options.precision ?? CONVERT_DEFAULTS.precision);
  onProgress?.('self-check');
  const checked = await checkGraphs(built, shape, features.frontEnd, options);
  const manifest = await describeModel(choice, shape, features, built, checked, options);
  const { entry, config, notes, state } = choice;
  const { weights } = built;
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
    features: { name: features.name, assumed: features.assumed, others: features.others },
    cosineToFp32: checked.cosineToFp32,
  };
  const text = new TextEncoder();
  onProgress?.('done');
  return {
    manifest,
    report,
    files: new Map([
      ['model.onnx', built.model],
      ['manifest.json', text.encode(`${JSON.stringify(manifest, undefined, 2)}\n`)],
      ['README.md', text.encode(modelCard(manifest, report))],
    ]),
  };
}

interface BuiltGraphs {
  readonly precision: Manifest['precision'];
  readonly weights: UsedTensors;
  readonly streaming: StreamingPorts | undefined;
  /** What the folder holds. */
  readonly model: Uint8Array;
  /** The same numbers for whole utterances: a stream's graph would want its states too. */
  readonly whole: Uint8Array;
  /** Builds the graph for whole utterances again, in float32. */
  fp32(): Uint8Array;
}

function buildGraphs(
  { entry, config, state }: Choice,
  shape: GraphShape,
  precision: Manifest['precision'],
): BuiltGraphs {
  const weights = new UsedTensors(state.tensors);
  const build = (as: Manifest['precision']) =>
    buildGraph(entry.class, config, weights.tensors, { precision: as, outputs: [shape.output] });
  const streaming = entry.streaming?.(config);
  const whole = build(precision);
  const model =
    streaming === undefined
      ? whole
      : buildGraph(entry.class, config, weights.tensors, { precision, ...shape.ports });
  return { precision, weights, streaming, model, whole, fp32: () => build('fp32') };
}

interface CheckedGraphs {
  readonly selfCheck: Manifest['selfCheck'];
  readonly cosineToFp32: number;
}

/** Runs the graph from seeded samples on, and compares with float32 where that was asked for. */
async function checkGraphs(
  { precision, weights, streaming, whole, fp32 }: BuiltGraphs,
  shape: GraphShape,
  frontEnd: Manifest['frontEnd'],
  options: ConvertOptions,
): Promise<CheckedGraphs> {
  const { selfCheckSeed: seed, selfCheckFrames, minimumCosine } = CONVERT_DEFAULTS;
  const { sampleRate, frameRate, compute } = createFrontEnd(frontEnd);
  const least = Math.max(selfCheckFrames, shape.minimumFrames + (streaming?.stack ?? 1));
  const samples = Math.ceil((least / frameRate + CONVERT_DEFAULTS.spareSeconds) * sampleRate);
  const features = compute(seededSamples(seed, samples));
  const { data, frames, bands } = wholeChunks(features, streaming?.stack);
  const input = { name: shape.input, data, shape: [1, frames, bands] };
  const embedding = await options.runGraph(whole, input, shape.output);
  if (!embedding.every(Number.isFinite)) {
    throw new VoiceprintError(
      'model/malformed',
      'the converted graph gives values that are not numbers: the weights hold NaN or infinities; train or download them again',
    );
  }
  const selfCheck: Manifest['selfCheck'] = {
    from: 'waveform',
    seed,
    samples,
    embedding: [...embedding],
    minimumCosine,
  };
  if (precision === 'fp32') return { selfCheck, cosineToFp32: 1 };
  const { compareToFp32 = weights.parameters <= CONVERT_DEFAULTS.comparedParameters } = options;
  if (!compareToFp32) return { selfCheck, cosineToFp32: Number.NaN };
  options.onProgress?.('comparing');
  const exact = await options.runGraph(fp32(), input, shape.output);
  return { selfCheck, cosineToFp32: cosine(embedding, exact) };
}

async function describeModel(
  { entry, config }: Choice,
  shape: GraphShape,
  { frontEnd }: ChosenFeatures,
  { model, streaming, precision }: BuiltGraphs,
  { selfCheck }: CheckedGraphs,
  options: ConvertOptions,
): Promise<Manifest> {
  return parseManifest({
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
    frontEnd,
    sampleRate: options.config?.sampleRate ?? CONVERT_DEFAULTS.sampleRate,
    input: { name: shape.input, minimumFrames: shape.minimumFrames },
    output: { name: shape.output },
    ...(streaming === undefined ? {} : { streaming }),
    embeddingSize: selfCheck.embedding.length,
    minimumSeconds: CONVERT_DEFAULTS.minimumSeconds,
    recommendedSeconds: CONVERT_DEFAULTS.recommendedSeconds,
    thresholds: [],
    calibration: [],
    selfCheck,
    training: { data: [], recipe: '' },
    figures: [],
  });
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
