import { VoiceprintError } from '../../errors.js';
import {
  buildGraph,
  checkInputs,
  describeGraph,
  type GraphDescription,
  type GraphOptions,
} from '../../graphs.js';
import type { TensorValue } from '../../runtime/index.js';
import { caseWeights } from './case-weights.js';
import { compareArrays, failed, GRAPH_TOLERANCE } from './compare.js';
import type { Executor, LoadedGraph } from './executor.js';
import type { NpyArray } from './npy.js';
import type { CaseFolder, CaseRun, ParityResult, StoredArray } from './types.js';
import { encodeBatchFeatures, type FeatureBatch, featureTensor } from './waveform.js';

/** The name under which an output of a run is an output of the graph. */
const GRAPH_OUTPUT: Readonly<Record<string, string>> = { emb: 'y', cache: 'cache_out' };
/** Outputs that the front end computes, not the graph. */
const FEATURES = 'feats';

/** What a run asks of `buildGraph`. */
type RunOptions = Pick<GraphOptions, 'inputs' | 'outputs' | 'args'>;

/** Inputs of one run as the graph takes them. */
interface Prepared {
  readonly tensors: Readonly<Record<string, TensorValue>>;
  readonly features?: FeatureBatch;
}

/**
 * Runs every run of a case whose class `buildGraph` knows and compares every stored output.
 * Faults of a run are its result; only faults of the case itself are thrown.
 */
export async function runGraphCase(
  folder: CaseFolder,
  executor: Executor,
): Promise<ParityResult[]> {
  const { config } = folder;
  const cls = config.cls ?? '';
  const ctor = config.ctor ?? {};
  const runs = config.runs ?? [];
  const description = describeOrRefusal(cls, ctor);
  if (description instanceof VoiceprintError) {
    // Upstream's constructor raises, so that no run of the case has outputs.
    return runs.flatMap((run) => failedRun(folder, run, description));
  }
  const weights = await caseWeights(folder);
  const graphs = new Map<string, LoadedGraph>();
  const openGraph = async (options: RunOptions) => {
    const key = JSON.stringify(options);
    const known = graphs.get(key);
    if (known !== undefined) return known;
    const graph = await executor.open(buildGraph(cls, ctor, weights, options));
    graphs.set(key, graph);
    return graph;
  };
  const results: ParityResult[] = [];
  try {
    for (const run of runs) {
      results.push(...(await runOne(folder, run, description, openGraph)));
    }
  } finally {
    for (const graph of graphs.values()) await graph.dispose();
  }
  return results;
}

async function runOne(
  folder: CaseFolder,
  run: CaseRun,
  description: GraphDescription,
  openGraph: (options: RunOptions) => Promise<LoadedGraph>,
): Promise<ParityResult[]> {
  const named = { case: folder.name, run: run.name };
  const stored = storedOutputs(run);
  try {
    const prepared = await prepare(folder, run, description);
    checkInputs(
      description,
      mapValues(prepared.tensors, ({ dims }) => dims),
    );
    const wanted = stored
      .map(([name]) => GRAPH_OUTPUT[name] ?? name)
      .filter((name) => name !== FEATURES);
    const outputNames = wanted.length > 0 ? wanted : ['y'];
    const inputs = Object.keys(prepared.tensors);
    const graph = await openGraph({ inputs, outputs: outputNames, args: run.args ?? {} });
    const outputs = await graph.run(prepared.tensors);
    if (run.raises !== undefined) {
      return [{ ...named, output: 'raises', ...failed(0, 'it ran, upstream raises') }];
    }
    const results: ParityResult[] = [];
    for (const [name, array] of stored) {
      const reference = await folder.readArray(array.f64 ?? array.file);
      const tolerance = toleranceOf(name, array);
      const computed =
        name === FEATURES ? prepared.features : computedOf(outputs[GRAPH_OUTPUT[name] ?? name]);
      const comparison =
        computed === undefined
          ? failed(tolerance, 'not computed')
          : compareArrays(computed, reference, tolerance);
      results.push({ ...named, output: name, ...comparison });
    }
    return results;
  } catch (error) {
    return failedRun(folder, run, error);
  }
}

function describeOrRefusal(
  cls: string,
  ctor: Readonly<Record<string, unknown>>,
): GraphDescription | VoiceprintError {
  try {
    return describeGraph(cls, ctor);
  } catch (error) {
    if (error instanceof VoiceprintError) return error;
    throw error;
  }
}

/** What a run comes to that threw: it passes where upstream raises and the input was refused. */
function failedRun({ name }: CaseFolder, run: CaseRun, error: unknown): ParityResult[] {
  const named = { case: name, run: run.name };
  const note = error instanceof Error ? error.message : String(error);
  if (run.raises !== undefined) {
    const pass = error instanceof VoiceprintError && refusals.has(error.code);
    return [{ ...named, output: 'raises', relative: 0, tolerance: 0, pass, note }];
  }
  return storedOutputs(run).map(([output]) => ({
    ...named,
    output,
    ...failed(GRAPH_TOLERANCE, note),
  }));
}

function storedOutputs(run: CaseRun) {
  return Object.entries(run.outputs).filter(
    (entry): entry is [string, StoredArray & { file: string }] => entry[1]?.file != null,
  );
}

/** Codes that mean "this input cannot be taken", and not "something broke on the way". */
const refusals: ReadonlySet<string> = new Set([
  'graph/too-short',
  'graph/invalid',
  'graph/weights',
  'features/invalid',
  'audio/too-short',
]);

/** From features: 1e-5. Features themselves: four times the reference's own spread. */
function toleranceOf(name: string, { spread }: StoredArray): number {
  if (name !== FEATURES || spread?.p999_abs === undefined) return GRAPH_TOLERANCE;
  return Math.max(GRAPH_TOLERANCE, (4 * spread.p999_abs) / spread.ref_max);
}

async function prepare(
  folder: CaseFolder,
  run: CaseRun,
  description: GraphDescription,
): Promise<Prepared> {
  const inputs: Record<string, NpyArray> = {};
  for (const [name, { file }] of Object.entries(run.inputs)) {
    if (file !== null) inputs[name] = await folder.readArray(file);
  }
  const { wavs, wav_lens: lengths, ...direct } = inputs;
  if (wavs === undefined) return { tensors: mapValues(direct, tensorOf) };
  const features = encodeBatchFeatures(wavs, lengths, description.featureSize ?? 80);
  const tensors: Record<string, TensorValue> = { x: featureTensor(features) };
  if (lengths !== undefined) tensors.lengths = tensorOf(lengths);
  return { tensors, features };
}

function tensorOf({ dtype, shape, values }: NpyArray): TensorValue {
  switch (dtype) {
    case 'int64':
      return { type: 'int64', dims: shape, data: BigInt64Array.from(values, (v) => BigInt(v)) };
    case 'int32':
      return { type: 'int32', dims: shape, data: Int32Array.from(values) };
    case 'uint8':
    case 'bool':
      return { type: 'uint8', dims: shape, data: Uint8Array.from(values) };
    default:
      return { type: 'float32', dims: shape, data: Float32Array.from(values) };
  }
}

function computedOf(tensor: TensorValue | undefined) {
  if (tensor === undefined || tensor.data instanceof BigInt64Array) return undefined;
  return { shape: tensor.dims, values: tensor.data };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
