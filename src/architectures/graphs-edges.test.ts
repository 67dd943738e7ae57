import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededFeatures } from '../models/seeded-features.js';
import { TINY_ECAPA, tinyEcapaTensors } from '../models/tiny-ecapa.fixture.js';
import { openRuntime } from '../runtime/index.js';
import type { Runtime } from '../runtime/types.js';
import type { Session } from '../tensor.js';
import { elementCount, float32Tensor, type Tensor } from '../tensor.js';
import { buildGraph, describeGraph } from './build-graph.js';

const BANDS = TINY_ECAPA.input_size;
const SIZE = TINY_ECAPA.lin_neurons;
let runtime: Runtime;
let session: Session;
let withLengths: Session;

beforeAll(async () => {
  runtime = await openRuntime({ backend: 'wasm', threads: 1 });
  const tensors = tinyEcapaTensors();
  session = await runtime.openSession(buildGraph('ECAPA_TDNN', TINY_ECAPA, tensors));
  withLengths = await runtime.openSession(
    buildGraph('ECAPA_TDNN', TINY_ECAPA, tensors, { inputs: ['x', 'lengths'] }),
  );
});
afterAll(() => runtime.dispose());

async function embed(on: Session, data: Float32Array, batch: number, lengths?: number[]) {
  const dims = [batch, data.length / batch / BANDS, BANDS];
  const { y } = await on.run({
    x: { type: 'float32', dims, data },
    ...(lengths && {
      lengths: { type: 'float32', dims: [batch], data: Float32Array.from(lengths) },
    }),
  });
  if (!(y?.data instanceof Float32Array)) throw new Error('no float32 output');
  const { data: values } = y;
  return Array.from({ length: batch }, (_, i) => values.slice(i * SIZE, (i + 1) * SIZE));
}

function distance(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.NaN;
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0) / largest;
}

describe('axes of ECAPA-TDNN', () => {
  it('embeds four at once as it embeds each alone', async () => {
    const frames = 50;
    const batch = seededFeatures(3, 4 * frames, BANDS);
    const together = await embed(session, batch, 4);
    for (const [i, row] of together.entries()) {
      const one = batch.slice(i * frames * BANDS, (i + 1) * frames * BANDS);
      expect(distance((await embed(session, one, 1))[0], row)).toBeLessThan(1e-5);
    }
    expect(distance(together[0], together[1])).toBeGreaterThan(0.01);
  });

  it('runs on any number of frames from the fewest, in any order', async () => {
    const { minimumFrames } = describeGraph('ECAPA_TDNN', TINY_ECAPA);
    const first = await embed(session, seededFeatures(1, 20, BANDS), 1);
    for (const frames of [minimumFrames, minimumFrames + 1, 997, 7, 2000]) {
      const [y] = await embed(session, seededFeatures(1, frames, BANDS), 1);
      expect(y?.every(Number.isFinite)).toBe(true);
    }
    expect(await embed(session, seededFeatures(1, 20, BANDS), 1)).toEqual(first);
  });

  it('counts all frames at lengths of 1 or more, and each row by its own', async () => {
    const frames = 40;
    const two = seededFeatures(5, 2 * frames, BANDS);
    const plain = await embed(session, two, 2);
    for (const whole of [1, 7]) {
      const [a, b] = await embed(withLengths, two, 2, [whole, 1]);
      expect(distance(plain[0], a)).toBeLessThan(1e-5);
      expect(distance(plain[1], b)).toBeLessThan(1e-5);
    }
    const [whole, half] = await embed(withLengths, two, 2, [1, 0.5]);
    expect(distance(plain[0], whole)).toBeLessThan(1e-5);
    expect(distance(plain[1], half)).toBeGreaterThan(1e-3);
  });

  it('gives NaN where a length keeps no frame, as upstream, and spoils no other row', async () => {
    const two = seededFeatures(5, 80, BANDS);
    const plain = await embed(session, two, 2);
    const [none, whole] = await embed(withLengths, two, 2, [0, 1]);
    expect(none?.every(Number.isNaN)).toBe(true);
    expect(distance(plain[1], whole)).toBeLessThan(1e-5);
  });

  it.each([
    ['silence', () => 0],
    ['one value everywhere', () => -37.5],
    ['the floor of 80 dB', (i: number) => (i % 2 === 0 ? -80 : 0)],
    ['large values', (i: number) => 1e4 * Math.sin(i)],
  ])('gives numbers for features of %s', async (_, value) => {
    const data = Float32Array.from({ length: 30 * BANDS }, (_, i) => value(i));
    const [y] = await embed(session, data, 1);
    expect(y?.every(Number.isFinite)).toBe(true);
  });
});

describe('weights of ECAPA-TDNN', () => {
  const sound = tinyEcapaTensors();
  const keys = [...sound.keys()].filter((key) => !key.endsWith('_tracked'));
  const attempt = (change: (tensors: Map<string, Tensor>) => void): unknown => {
    const tensors = new Map(sound);
    change(tensors);
    try {
      buildGraph('ECAPA_TDNN', TINY_ECAPA, tensors);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('come in any order', () => {
    const reversed = new Map([...tinyEcapaTensors()].reverse());
    const one = buildGraph('ECAPA_TDNN', TINY_ECAPA, tinyEcapaTensors());
    const other = buildGraph('ECAPA_TDNN', TINY_ECAPA, reversed);
    // toEqual takes seconds for a megabyte.
    expect(Buffer.compare(one, other)).toBe(0);
  });

  it('are each missed by name', () => {
    for (const key of keys) {
      expect(attempt((tensors) => tensors.delete(key))).toMatchObject({
        code: 'graph/weights',
        message: expect.stringContaining(key),
      });
    }
  });

  it('are each held to their shape', () => {
    for (const key of keys) {
      const wrong = (shape: number[]) =>
        attempt((tensors) =>
          tensors.set(key, float32Tensor(new Float32Array(elementCount(shape)).fill(1), shape)),
        );
      const shape = [...(sound.get(key)?.shape ?? [])];
      for (const other of [[...shape, 1], shape.map((size) => size + 1)]) {
        expect(wrong(other), `${key} as [${other}]`).toMatchObject({
          code: 'graph/weights',
          message: expect.stringContaining(key),
        });
      }
    }
  });

  it('are each refused when they hold what is no number', () => {
    for (const key of keys) {
      const bad = key.endsWith('bias') ? Number.POSITIVE_INFINITY : Number.NaN;
      const error = attempt((tensors) => {
        const tensor = tensors.get(key);
        const values = tensor?.float32().slice() ?? new Float32Array();
        values[values.length - 1] = bad;
        tensors.set(key, float32Tensor(values, tensor?.shape ?? []));
      });
      expect(error, `${key} with ${bad}`).toMatchObject({ code: 'graph/weights' });
    }
  });
});

/** torch's formulas, written for one number. */
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(x));
const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
const activations: Record<string, (x: number) => number> = {
  ReLU: (x) => Math.max(0, x),
  LeakyReLU: (x) => (x < 0 ? 0.01 * x : x),
  Identity: (x) => x,
  Tanh: Math.tanh,
  Sigmoid: sigmoid,
  SiLU: (x) => x * sigmoid(x),
  ReLU6: (x) => clamp(x, 0, 6),
  Hardtanh: (x) => clamp(x, -1, 1),
  ELU: (x) => (x > 0 ? x : Math.expm1(x)),
  SELU: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  Softshrink: (x) => x - clamp(x, -0.5, 0.5),
  Tanhshrink: (x) => x - Math.tanh(x),
  Hardsigmoid: (x) => clamp(x / 6 + 0.5, 0, 1),
  Hardswish: (x) => x * clamp(x / 6 + 0.5, 0, 1),
  Mish: (x) => x * Math.tanh(softplus(x)),
};

describe('activations', () => {
  it.each(Object.keys(activations))('%s sits between convolution and norm', async (activation) => {
    const config = { in_channels: 1, out_channels: 3, kernel_size: 1, dilation: 1, activation };
    const column = (values: number[], shape = [3]) =>
      float32Tensor(Float32Array.from(values), shape);
    // A negative and a zero scale: what may be folded for one must not be for the other.
    const scale = [2, -1.5, 0];
    const graph = buildGraph('TDNNBlock', config, {
      'conv.conv.weight': column([1, 1, 1], [3, 1, 1]),
      'conv.conv.bias': column([0, 0.25, -0.25]),
      'norm.norm.weight': column(scale),
      'norm.norm.bias': column([0.1, 0.2, 0.3]),
      'norm.norm.running_mean': column([0.5, -0.5, 0]),
      'norm.norm.running_var': column([1, 4, 1]),
    });
    const open = await runtime.openSession(graph);
    const x = Float32Array.from({ length: 33 }, (_, i) => (i - 16) / 2);
    const { y } = await open.run({ x: { type: 'float32', dims: [1, 1, 33], data: x } });
    await open.dispose();
    const f = activations[activation] ?? (() => Number.NaN);
    for (const [channel, factor] of scale.entries()) {
      for (const [t, value] of x.entries()) {
        const bias = [0, 0.25, -0.25][channel] ?? 0;
        const mean = [0.5, -0.5, 0][channel] ?? 0;
        const variance = [1, 4, 1][channel] ?? 0;
        const due =
          ((f(value + bias) - mean) * factor) / Math.sqrt(variance + 1e-5) +
          ([0.1, 0.2, 0.3][channel] ?? 0);
        expect(Number(y?.data[channel * 33 + t])).toBeCloseTo(due, 4);
      }
    }
  });
});
