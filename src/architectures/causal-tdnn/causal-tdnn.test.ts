// @module-tag slow
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededFeatures } from '../../models/seeded-features.js';
import { openRuntime, type Runtime, type StreamingSession } from '../../runtime/index.js';
import type { Tensor } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { checkInputs } from '../check-inputs.js';
import { recognizeArchitecture } from '../recognize.js';
import {
  type CausalConfig,
  causalTdnnTensors,
  FULL_CAUSAL,
  TINY_CAUSAL,
} from './causal-tdnn.fixture.js';
import { causalTdnnStreaming } from './graph.js';

const CLASS = 'voiceprint_web.CausalTDNN';
const MIDDLE = { ...FULL_CAUSAL, channels: 64, lin_neurons: 24 };

/**
 * Computed once in float64 by PyTorch from the definition, with the weights of
 * `causalTdnnTensors(config, seed)` and the input `seededFeatures(seed, ..., 'x')`.
 */
const GOLDEN = [
  {
    config: TINY_CAUSAL,
    weightSeed: 1,
    input: { seed: 1, batch: 2, frames: 30 },
    expected: [
      0.293068095096309, -0.4024970346900426, -0.4053150553884645, 0.5976366302817403,
      0.40670959586047384, -0.2205269393461113, 0.22632315563169436, -0.09819357505437859,
      -0.05059317838915855, -0.04927460901799513, 0.3273717282969483, -0.3576919514861084,
      -0.4821179456355901, 0.5752577404826269, 0.4600120876931579, -0.19304142172054883,
      0.21087267532163717, -0.13648000908249075, -0.021960312483584557, -0.07002228234122898,
    ],
  },
  {
    config: MIDDLE,
    weightSeed: 3,
    input: { seed: 2, batch: 1, frames: 120 },
    expected: [
      -0.44708775337322904, 0.0644235818683316, -0.3471920043607281, 0.33281314775544396,
      0.6351317698921278, 0.13679851204081492, -0.8006618120196093, 0.0747695549102831,
      0.5474204679025946, -0.6232609623701121, 0.9960601998846896, -0.24818033876314632,
      0.02957630968398195, 0.6586475941572343, -0.3101845339574216, -0.781592276251607,
      -0.3326559295806011, -0.10494682867121091, -0.3658714505649232, 0.5334285544411315,
      -0.3259747480105627, -0.3587767663752047, 0.7084298053682433, 0.1808607097184119,
    ],
  },
] as const;

const outputsOf = (config: CausalConfig) =>
  describeGraph(CLASS, { ...config }).outputs.map(({ name }) => name);
const inputsOf = (config: CausalConfig) =>
  describeGraph(CLASS, { ...config }).inputs.map(({ name }) => name);

function streamGraph(config: CausalConfig, tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const [inputs, outputs] = [inputsOf(config), outputsOf(config)];
  return buildGraph(CLASS, { ...config }, tensors, { inputs, outputs });
}

function statesOf(config: CausalConfig, slots: number) {
  return Object.fromEntries(
    causalTdnnStreaming({ ...config }).states.map(({ input, output, dims }) => [
      input,
      { output, dims: dims.map((size) => (size === 'slots' ? slots : size)) },
    ]),
  );
}

/** Largest difference, relative to the largest reference value. */
function worst(values: ArrayLike<unknown> | undefined, reference: ArrayLike<number>): number {
  const largest = Math.max(...Array.from(reference, Math.abs));
  expect(values).toHaveLength(reference.length);
  return (
    Math.max(...Array.from(reference, (value, i) => Math.abs(value - Number(values?.[i])))) /
    largest
  );
}

const code = (value: string) => expect.objectContaining({ code: value });

describe('CausalTDNN', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm', threads: 1 });
  });
  afterAll(() => runtime.dispose());

  const wholeOf = async (
    config: CausalConfig,
    tensors: ReadonlyMap<string, Tensor>,
    data: Float32Array,
    batch = 1,
  ): Promise<Float32Array> => {
    const session = await runtime.openSession(buildGraph(CLASS, { ...config }, tensors));
    const dims = [batch, data.length / batch / config.input_size, config.input_size];
    const { embedding } = await session.run({ x: { type: 'float32', dims, data } });
    await session.dispose();
    return Float32Array.from(embedding?.data ?? [], Number);
  };
  const openStream = (config: CausalConfig, tensors: ReadonlyMap<string, Tensor>, slots: number) =>
    runtime.openStreamingSession(streamGraph(config, tensors), { states: statesOf(config, slots) });
  const pushFrames = (stream: StreamingSession, config: CausalConfig, data: Float32Array) =>
    stream.run({
      x: {
        type: 'float32',
        dims: [1, data.length / config.input_size, config.input_size],
        data,
      },
    });

  it.each(GOLDEN)('is what PyTorch computes (seed $weightSeed)', async (golden) => {
    const { config, weightSeed, input, expected } = golden;
    const tensors = causalTdnnTensors(config, weightSeed);
    const x = seededFeatures(input.seed, input.batch * input.frames, config.input_size, 'x');
    const whole = await wholeOf(config, tensors, x, input.batch);
    const error = worst(whole, expected);
    console.info(`CausalTDNN against float64 PyTorch: ${error.toExponential(1)}`);
    expect(error).toBeLessThan(1e-5);
  });

  it.each([1, 2, 3, 4, 5])('streams to what the whole gives (seed %d)', async (seed) => {
    const config = seed === 5 ? MIDDLE : TINY_CAUSAL;
    const tensors = causalTdnnTensors(config, seed);
    const frames = 400;
    const x = seededFeatures(seed, frames, config.input_size, 'x');
    const whole = await wholeOf(config, tensors, x);
    const bands = config.input_size;
    const slots = 4;
    const fine = await openStream(config, tensors, slots);
    const coarse = await openStream(config, tensors, 1);
    const draws = seededFeatures(seed, 400, 1, 'chunks');
    const lengths: number[] = [];
    let outputs: Awaited<ReturnType<typeof fine.run>> = {};
    for (let at = 0, i = 0; at < frames; i++) {
      const length = Math.min(2 * (1 + Math.floor((draws[i] ?? 0) + 10)), frames - at);
      outputs = await pushFrames(fine, config, x.subarray(at * bands, (at + length) * bands));
      lengths.push(length);
      at += length;
    }
    expect(worst(outputs.embedding?.data, whole)).toBeLessThan(1e-5);

    // The frames of the last chunks as one chunk, with everything before it as another.
    const last = lengths.slice(-slots).reduce((sum, length) => sum + length, 0);
    await pushFrames(coarse, config, x.subarray(0, (frames - last) * bands));
    const { recent, embedding } = await pushFrames(
      coarse,
      config,
      x.subarray((frames - last) * bands),
    );
    const recentOnly = Float32Array.from(recent?.data ?? [], Number);
    expect(worst(outputs.recent?.data, recentOnly)).toBeLessThan(1e-5);
    expect(worst(embedding?.data, whole)).toBeLessThan(1e-5);
    // The two are different questions.
    expect(worst(outputs.recent?.data, whole)).toBeGreaterThan(1e-3);
    await Promise.all([fine.dispose(), coarse.dispose()]);
  });

  it('does not drift over an hour of chunks', async () => {
    const config = { ...TINY_CAUSAL, blocks: 1 };
    const tensors = causalTdnnTensors(config, 1);
    const session = await runtime.openSession(streamGraph(config, tensors));
    const layout = statesOf(config, 1);
    const zeros = Object.entries(layout).map(([name, { dims }]) => {
      const data = new Float32Array(dims.reduce((product, size) => product * size, 1));
      return [name, { type: 'float32' as const, dims, data }] as const;
    });
    let states = Object.fromEntries(zeros);
    const [chunkFrames, kinds, chunks] = [16, 25, (60 * 60 * 100) / 16];
    const size = chunkFrames * config.input_size;
    const x = seededFeatures(1, chunkFrames * kinds, config.input_size, 'x');
    const exact = new Float64Array(3 * config.channels);
    const naive = new Float32Array(3 * config.channels);
    let embedding: Float32Array = new Float32Array();
    for (let i = 0; i < chunks; i++) {
      const data = x.subarray((i % kinds) * size, ((i % kinds) + 1) * size);
      const dims = [1, chunkFrames, config.input_size];
      const outputs = await session.run({ ...states, x: { type: 'float32', dims, data } });
      for (const [at, value] of (outputs.ring_out?.data ?? []).entries()) {
        exact[at] = (exact[at] ?? 0) + Number(value);
        naive[at] = (naive[at] ?? 0) + Number(value);
      }
      embedding = Float32Array.from(outputs.embedding?.data ?? [], Number);
      states = Object.fromEntries(
        Object.entries(layout).map(([name, { output, dims: sizes }]) => {
          const value = Float32Array.from(outputs[output]?.data ?? [], Number);
          return [name, { type: 'float32' as const, dims: sizes, data: value }] as const;
        }),
      );
    }
    await session.dispose();
    const reference = embedInFloat64(config, tensors, exact);
    const drift = worst(embedding, reference);
    const withoutCare = worst(embedInFloat64(config, tensors, naive), reference);
    console.info(
      `${chunks} chunks of 160 ms: off the float64 sums by ${drift.toExponential(1)}, plain float32 sums by ${withoutCare.toExponential(1)}`,
    );
    expect(drift).toBeLessThan(2e-6);
    expect(withoutCare).toBeGreaterThan(3 * drift);
  }, 400_000);

  it('is recognised by its keys', () => {
    const found = recognizeArchitecture(causalTdnnTensors(FULL_CAUSAL));
    expect(found?.architecture).toBe('causal-tdnn');
    expect(found?.class).toBe(CLASS);
    expect(found?.config).toEqual(FULL_CAUSAL);
  });

  it.each([
    [{ kernel_size: 1 }, 'kernel_size is 1'],
    [{ stack: 0 }, 'stack is 0'],
    [{ channels: 2.5 }, 'channels is 2.5'],
    [{ depth: 8 }, 'has no option depth'],
  ])('refuses %j', (config, words) => {
    expect(() => describeGraph(CLASS, config)).toThrow(words);
  });

  it('refuses frames that make no whole step, and too few', () => {
    const description = describeGraph(CLASS, {});
    expect(() => checkInputs(description, { x: [1, 5, 80] })).toThrow('no multiple of stack');
    expect(() => checkInputs(description, { x: [1, 1, 80] })).toThrow(
      expect.objectContaining({ code: 'graph/too-short' }),
    );
    expect(() => checkInputs(description, { x: [1, 6, 80] })).not.toThrow();
  });

  it('wants all states or none', () => {
    const tensors = causalTdnnTensors(TINY_CAUSAL);
    const build = (options: Parameters<typeof buildGraph>[3]) => () =>
      buildGraph(CLASS, { ...TINY_CAUSAL }, tensors, options);
    expect(build({ inputs: ['x', 'sums'] })).toThrow(code('graph/invalid'));
    expect(build({ inputs: ['x', 'sums'] })).toThrow(
      'add cache.0, cache.1, cache.2, rounding, ring',
    );
    expect(build({ outputs: ['recent'] })).toThrow("recent is a stream's");
    expect(build({ inputs: inputsOf(TINY_CAUSAL), outputs: ['recent'] })).not.toThrow();
  });
});

/** The pooling's end in float64: sums to embedding. */
function embedInFloat64(
  { channels, lin_neurons }: CausalConfig,
  tensors: ReadonlyMap<string, Tensor>,
  sums: ArrayLike<number>,
): number[] {
  const at = (key: string, i: number) => tensors.get(key)?.float32()[i] ?? Number.NaN;
  const sum = (part: number, channel: number) => sums[part * channels + channel] ?? Number.NaN;
  const pooled = Array.from({ length: 2 * channels }, (_, i) => {
    const channel = i % channels;
    const weight = Math.max(sum(0, channel), 1e-4);
    const mean = sum(1, channel) / weight;
    const variance = sum(2, channel) / weight - mean ** 2;
    const value = i < channels ? mean : Math.sqrt(Math.max(variance, 1e-4));
    const scale = at('norm.weight', i) / Math.sqrt(at('norm.running_var', i) + 1e-5);
    return (value - at('norm.running_mean', i)) * scale + at('norm.bias', i);
  });
  return Array.from({ length: lin_neurons }, (_, out) =>
    pooled.reduce(
      (total, value, i) => total + value * at('fc.weight', out * pooled.length + i),
      at('fc.bias', out),
    ),
  );
}
