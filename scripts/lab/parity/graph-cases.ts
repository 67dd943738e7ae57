import {
  buildGraph,
  describeGraph,
  type GraphOptions,
} from '../../../src/architectures/build-graph.js';
import { checkInputs } from '../../../src/architectures/check-inputs.js';
import type { GraphDescription } from '../../../src/architectures/module.js';
import { VoiceprintError } from '../../../src/errors.js';
import { caseWeights } from './case-weights.js';
import { compareArrays, failed, GRAPH_TOLERANCE } from './compare.js';
import type { Executor, LoadedGraph } from './executor.js';
import type { NpyArray } from './npy.js';
import { computedOf, tensorOf } from './npy-tensor.js';
import type { CaseFolder, CaseRun, ParityResult, StoredArray } from './types.js';
import { applyWaveformFront, type FrontOutput } from './waveform/index.js';

/** Other names under which an output of a run may be an output of the graph. */
const GRAPH_OUTPUT: Readonly<Record<string, string>> = { emb: 'y' };
/** How much further than upstream's own float32 result ours may lie from the float64 one. */
const SPREAD_FACTOR = 4;
/** Front ends are judged without the bins that are nothing but rounding noise of the transform. */
const FRONT_QUANTILE = 0.999;

/** What a run asks of `buildGraph`. */
type RunOptions = Pick<GraphOptions, 'inputs' | 'outputs' | 'args'>;

/** Inputs of one run as the graph takes them. */
interface Prepared extends FrontOutput {
  readonly fromWaveform: boolean;
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
    const graphName = (name: string) => graphOutput(description, name);
    const wanted = stored.map(([name]) => name).filter((name) => !(name in prepared.computed));
    const [first] = description.outputs;
    const outputNames = wanted.length > 0 ? wanted.map(graphName) : [first?.name ?? 'y'];
    const inputs = Object.keys(prepared.tensors);
    const args = { ...run.args, ...callArguments(folder) };
    const graph = await openGraph({ inputs, outputs: outputNames, args });
    const outputs = await graph.run(prepared.tensors);
    if (run.raises !== undefined) {
      return [{ ...named, output: 'raises', ...failed(0, 'it ran, upstream raises') }];
    }
    const results: ParityResult[] = [];
    for (const [name, array] of stored) {
      const reference = await folder.readArray(array.f64 ?? array.file);
      const front = prepared.computed[name];
      const output = outputs[graphName(name)];
      const computed = front ?? (output === undefined ? undefined : computedOf(output));
      const tolerance = toleranceOf(array, front !== undefined, prepared.fromWaveform);
      const quantile = front === undefined ? 1 : FRONT_QUANTILE;
      const comparison =
        computed === undefined
          ? failed(tolerance, 'not computed')
          : compareArrays(computed, reference, tolerance, { quantile });
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

/** The graph's name of an output of a run; outputs that share an input's name end in `_out`. */
function graphOutput({ outputs }: GraphDescription, name: string): string {
  const names = [name, `${name}_out`, GRAPH_OUTPUT[name]];
  return names.find((known) => outputs.some((port) => port.name === known)) ?? name;
}

/** Arguments of upstream's `forward` that a case gives once for all runs. */
function callArguments({ config }: CaseFolder): Readonly<Record<string, unknown>> {
  return config.convs === undefined ? {} : { convs: config.convs };
}

/**
 * From features on 1e-5. Behind a front end the reference's own float32 rounding counts too, and
 * features themselves have nothing else.
 */
function toleranceOf({ spread }: StoredArray, isFront: boolean, fromWaveform: boolean): number {
  if (!fromWaveform || spread === undefined) return GRAPH_TOLERANCE;
  const own =
    isFront && spread.p999_abs !== undefined && spread.ref_max > 0
      ? spread.p999_abs / spread.ref_max
      : spread.rel;
  return Math.max(GRAPH_TOLERANCE, SPREAD_FACTOR * own);
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
  const { cls = '', ctor = {} } = folder.config;
  const front = applyWaveformFront(cls, { inputs, ctor, description });
  if (front !== undefined) return { ...front, fromWaveform: true };
  const dtypes = new Map(description.inputs.map((port) => [port.name, port.dtype]));
  const tensors = Object.entries(inputs).map(([name, array]) => [
    name,
    tensorOf(array, dtypes.get(name)),
  ]);
  return { tensors: Object.fromEntries(tensors), computed: {}, fromWaveform: false };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
