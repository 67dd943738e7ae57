import { buildGraph } from '../../../src/architectures/build-graph.js';
import { elementCount, float32Tensor, type Tensor } from '../../../src/tensor.js';
import { median } from './figures.js';
import { processor, timesInTurns } from './in-turns.js';

/** Numbers of tokens that are compared; the shorter ones only serve to find the crossing. */
const SHORT = [32, 64, 125, 250];
const LONG = [500, 1000, 2000, 4000];
const ROUNDS = 5;
const WARM_UP = 1;
/** Runs before anything is timed: V8 compiles WebAssembly a second time while it runs. */
const COMPILING_RUNS = 20;

/** A width between the published encoders', four heads of 64 as in BEATs, and the usual factor 4. */
const WIDTH = 256;
const HEADS = 4;
const HYPERNET = 4 * WIDTH;

type Shapes = Readonly<Record<string, readonly number[]>>;
type Run = (tokens: number) => Promise<unknown>;
/** Processor time by number of tokens. */
type Curve = ReadonlyMap<number, number>;

/**
 * Mixing of tokens on WebAssembly, one thread: HyperMixing, whose time is claimed to grow with the
 * number of tokens, against BEATs' attention, plain and as BEATs has it (gated relative position
 * bias), whose time grows with its square.
 *
 * @returns per number of tokens, the time of attention over that of HyperMixing; the curve of each
 *   over its time at 500 tokens; the exponents of growth, fitted from 500 to 4000 tokens; and the number of tokens from which HyperMixing takes
 *   less time (0 where it does at every length tried, infinite where at none).
 */
export async function benchMixing(): Promise<Record<string, number>> {
  const runs = {
    hyperMixing: await open('speechbrain.nnet.hypermixing.HyperMixing', 'x', 'y', {
      config: {
        input_output_dim: WIDTH,
        hypernet_size: HYPERNET,
        num_heads: HEADS,
        max_length: Math.max(...LONG),
      },
      shapes: hyperMixingShapes(),
    }),
    attention: await open(ATTENTION, 'q', 'attn', {
      config: { embed_dim: WIDTH, num_heads: HEADS, self_attention: true },
      shapes: attentionShapes(),
    }),
    gatedAttention: await open(ATTENTION, 'q', 'attn', {
      config: {
        embed_dim: WIDTH,
        num_heads: HEADS,
        self_attention: true,
        has_relative_attention_bias: true,
        num_buckets: 320,
        max_distance: 800,
        gru_rel_pos: true,
      },
      shapes: {
        ...attentionShapes(),
        'relative_attention_bias.weight': [320, HEADS],
        'grep_linear.weight': [8, WIDTH / HEADS],
        'grep_linear.bias': [8],
        grep_a: [1, HEADS, 1, 1],
      },
    }),
  };
  const times = await measure(runs);
  const figures: Record<string, number> = {};
  for (const name of ['attention', 'gatedAttention'] as const) {
    for (const tokens of LONG) {
      figures[`${name}OverHyperMixingAt${tokens}`] =
        at(times[name], tokens) / at(times.hyperMixing, tokens);
    }
    figures[`${name}CrossingTokens`] = crossing(times[name], times.hyperMixing);
  }
  for (const [name, curve] of Object.entries(times)) {
    const [first = 1, ...longer] = LONG;
    for (const tokens of longer) {
      figures[`${name}At${tokens}OverAt${first}`] = at(curve, tokens) / at(curve, first);
    }
    figures[`${name}GrowthExponent`] = growthExponent(curve);
  }
  return figures;
}

const ATTENTION = 'espnet2.asr.encoder.beats_encoder.MultiheadAttention';

function hyperMixingShapes(): Shapes {
  const width = WIDTH / HEADS;
  const generator = (name: string): Shapes => ({
    [`hyper.${name}.fc1_weights`]: [HEADS, width, width],
    [`hyper.${name}.fc1_biases`]: [HEADS, width],
    [`hyper.${name}.fc2_weights`]: [HEADS, HYPERNET / HEADS, width],
    [`hyper.${name}.fc2_biases`]: [HEADS, HYPERNET / HEADS],
  });
  const norm = { 'layer_norm.weight': [WIDTH], 'layer_norm.bias': [WIDTH] };
  return { ...generator('w1_gen'), ...generator('w2_gen'), ...norm };
}

function attentionShapes(): Shapes {
  const names = ['q_proj', 'k_proj', 'v_proj', 'out_proj'];
  return Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, [WIDTH, WIDTH]],
      [`${name}.bias`, [WIDTH]],
    ]),
  );
}

/** A graph with made-up weights: only its time matters. */
async function open(
  cls: string,
  input: string,
  output: string,
  { config, shapes }: { config: Record<string, unknown>; shapes: Shapes },
): Promise<Run> {
  const weights = new Map<string, Tensor>(
    Object.entries(shapes).map(([key, shape]) => [key, float32Tensor(wave(shape), shape)]),
  );
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  const model = buildGraph(cls, config, weights, { outputs: [output] });
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  // BEATs keeps time before batch in its attention.
  const dims = (tokens: number) => (input === 'q' ? [tokens, 1, WIDTH] : [1, tokens, WIDTH]);
  return (tokens) =>
    session.run({ [input]: new ort.Tensor('float32', wave(dims(tokens)), dims(tokens)) });
}

function wave(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: elementCount(shape) }, (_, i) => 0.1 * Math.sin(i * i));
}

/** Median processor time by number of tokens. */
async function measure<K extends string>(runs: Record<K, Run>): Promise<Record<K, Curve>> {
  const entries = Object.entries<Run>(runs);
  const curves = new Map(entries.map(([name]) => [name, new Map<number, number>()]));
  for (const [, run] of entries) {
    for (let i = 0; i < COMPILING_RUNS; i++) await run(LONG[0] ?? 1);
  }
  for (const tokens of [...SHORT, ...LONG]) {
    const works = Object.fromEntries(entries.map(([name, run]) => [name, () => run(tokens)]));
    const times = await timesInTurns(works, { rounds: ROUNDS, warmUp: WARM_UP, now: processor });
    for (const [name, list] of Object.entries(times)) curves.get(name)?.set(tokens, median(list));
  }
  return Object.fromEntries<Curve>(curves) as Record<K, Curve>;
}

function at(curve: Curve, tokens: number): number {
  return curve.get(tokens) ?? Number.NaN;
}

/** Slope of log time over log tokens by least squares: 1 = linear, 2 = quadratic. */
function growthExponent(curve: Curve): number {
  const points = LONG.map((tokens) => [Math.log(tokens), Math.log(at(curve, tokens))] as const);
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}

/** Where the slower curve begins to lie above the other for good, between measured lengths. */
function crossing(slower: Curve, other: Curve): number {
  const points = [...SHORT, ...LONG].map((tokens) => ({
    x: Math.log(tokens),
    y: Math.log(at(slower, tokens) / at(other, tokens)),
  }));
  const last = points.findLastIndex(({ y }) => y <= 0);
  const [below, above] = [points[last], points[last + 1]];
  if (below === undefined) return 0;
  if (above === undefined) return Number.POSITIVE_INFINITY;
  return Math.exp(below.x + ((above.x - below.x) * -below.y) / (above.y - below.y));
}
