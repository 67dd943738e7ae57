import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime, type Runtime } from '../../runtime/index.js';
import type { TensorValue } from '../../tensor.js';
import { float32Tensor, type Tensor } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { checkInputs } from '../check-inputs.js';

const values = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const tensor = (shape: number[], seed: number) => {
  const count = shape.reduce((product, size) => product * size, 1);
  return float32Tensor(values(count, seed), shape);
};
const positive = (count: number) => float32Tensor(values(count, 1).map(Math.abs), [count]);
const filter = (prefix: string, channels: number, kernelSize: number): [string, Tensor][] => [
  [`${prefix}.weight`, tensor([channels, 1, kernelSize], 1)],
  [`${prefix}.bias`, tensor([channels], 2)],
];

/** One small module of each class: its width, its channels, its weights for a kernel size. */
const CLASSES = {
  DepthwiseConvolution: {
    config: { size: 2 },
    width: 4,
    channels: 4,
    weights: (k: number) => new Map(filter('conv', 4, k)),
  },
  ConformerConvolution: {
    config: { channels: 3, activation: 'torch.nn.SiLU()' },
    width: 3,
    channels: 3,
    weights: (k: number) =>
      new Map([
        ['pointwise_conv1.weight', tensor([6, 3, 1], 3)],
        ['pointwise_conv1.bias', tensor([6], 4)],
        ...filter('depthwise_conv', 3, k),
        ['norm.weight', tensor([3], 5)],
        ['norm.bias', tensor([3], 6)],
        ['norm.running_mean', tensor([3], 7)],
        ['norm.running_var', positive(3)],
        ['pointwise_conv2.weight', tensor([3, 3, 1], 8)],
        ['pointwise_conv2.bias', tensor([3], 9)],
      ]),
  },
  ConvolutionalSpatialGatingUnit: {
    config: { size: 6 },
    width: 6,
    channels: 3,
    weights: (k: number) =>
      new Map([
        ...filter('conv', 3, k),
        ['norm.weight', tensor([3], 3)],
        ['norm.bias', tensor([3], 4)],
      ]),
  },
};
type Cls = keyof typeof CLASSES;
const ALL = Object.keys(CLASSES) as Cls[];

const frames = (width: number, from: number, to: number): TensorValue => ({
  type: 'float32',
  dims: [1, to - from, width],
  data: values(to * width, 0).slice(from * width),
});
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
};

/** A cutting of `total` frames that differs with the seed. */
function cutting(total: number, seed: number): number[] {
  const lengths: number[] = [];
  let left = total;
  for (let state = seed; left > 0; ) {
    state = (state * 48271) % 2147483647;
    const length = Math.min(left, 1 + (state % 9));
    lengths.push(length);
    left -= length;
  }
  return lengths;
}

describe('streaming convolution', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm' });
  });
  afterAll(() => runtime.dispose());

  const offline = async (
    cls: Cls,
    options: Record<string, unknown>,
    inputs: Record<string, TensorValue>,
    weights = CLASSES[cls].weights(Number(options.kernel_size)),
    outputs = ['y'],
  ) => {
    const config = { ...CLASSES[cls].config, ...options };
    const model = buildGraph(cls, config, weights, { inputs: Object.keys(inputs), outputs });
    const session = await runtime.openSession(model);
    const result = await session.run(inputs);
    await session.dispose();
    return result;
  };

  it.each(
    ALL.flatMap((cls) => [1, 2, 3, 4, 7].map((kernelSize) => [cls, kernelSize] as const)).filter(
      ([cls, kernelSize]) =>
        kernelSize > 1 && (cls !== 'ConformerConvolution' || kernelSize % 2 === 1),
    ),
  )('of %s with kernel %d equals the whole, however it is cut', async (cls, kernelSize) => {
    const { config, width, channels, weights } = CLASSES[cls];
    const total = 40;
    const options = { kernel_size: kernelSize, causal: true };
    const { y: whole } = await offline(cls, options, { x: frames(width, 0, total) });
    const model = buildGraph(cls, { ...config, ...options }, weights(kernelSize), {
      inputs: ['x', 'cache'],
      outputs: ['y', 'cache_out'],
    });
    const stream = await runtime.openStreamingSession(model, {
      states: { cache: { output: 'cache_out', dims: [1, channels, kernelSize - 1] } },
    });
    for (const seed of [1, 2, 3, 4]) {
      await stream.reset();
      const pieces: number[] = [];
      let at = 0;
      for (const length of cutting(total, seed)) {
        const { y } = await stream.run({ x: frames(width, at, at + length) });
        pieces.push(...Array.from(y?.data ?? [], Number));
        at += length;
      }
      expect(pieces).toHaveLength(whole?.data.length ?? 0);
      for (const [i, value] of pieces.entries()) {
        expect(value).toBeCloseTo(Number(whole?.data[i]), 6);
      }
    }
    await stream.dispose();
  });

  it('convolves as the definition says, causal and not, even kernels too', async () => {
    const x = frames(4, 0, 6);
    for (const kernelSize of [1, 2, 3, 4]) {
      for (const causal of [true, false]) {
        const weights = CLASSES.DepthwiseConvolution.weights(kernelSize);
        const taps = weights.get('conv.weight')?.float32() ?? new Float32Array();
        const bias = weights.get('conv.bias')?.float32() ?? new Float32Array();
        const options = { kernel_size: kernelSize, causal };
        const { y } = await offline('DepthwiseConvolution', options, { x });
        const before = causal ? kernelSize - 1 : Math.floor((kernelSize - 1) / 2);
        const count = causal || kernelSize % 2 === 1 ? 6 : 5;
        expect(y?.dims).toEqual([1, count, 4]);
        for (let t = 0; t < count; t++) {
          for (let c = 0; c < 4; c++) {
            let sum = bias[c] ?? 0;
            for (let k = 0; k < kernelSize; k++) {
              const frame = t + k - before;
              const inside = frame >= 0 && frame < 6;
              sum += (taps[c * kernelSize + k] ?? 0) * Number(inside ? x.data[frame * 4 + c] : 0);
            }
            expect(Number(y?.data[t * 4 + c])).toBeCloseTo(sum, 5);
          }
        }
      }
    }
  });

  it.each(ALL)('of %s leaves the masked frames of its input alone', async (cls) => {
    const { width } = CLASSES[cls];
    const x = frames(width, 0, 5);
    const before = Array.from(x.data, Number);
    const mask = { type: 'uint8', dims: [1, 5], data: Uint8Array.of(1, 0, 0, 0, 1) } as const;
    const options = { kernel_size: 3 };
    const { y } = await offline(cls, options, { x, mask });
    expect(Array.from(x.data, Number)).toEqual(before);
    const { y: unmasked } = await offline(cls, options, { x });
    // A mask of no frame changes nothing.
    const none = { ...mask, data: new Uint8Array(5) };
    expect((await offline(cls, options, { x, mask: none })).y?.data).toEqual(unmasked?.data);
    expect(y?.data).not.toEqual(unmasked?.data);
  });

  it('gives a cache back untouched where it is not causal, whatever its shape', async () => {
    const cache = { type: 'float32', dims: [3, 1, 2], data: values(6, 5) } as const;
    const inputs = { x: frames(4, 0, 5), cache };
    for (const options of [
      { kernel_size: 3, causal: false },
      { kernel_size: 1, causal: true },
    ]) {
      const weights = CLASSES.DepthwiseConvolution.weights(options.kernel_size);
      const outputs = ['y', 'cache_out'];
      const result = await offline('DepthwiseConvolution', options, inputs, weights, outputs);
      expect(result.cache_out).toEqual(cache);
    }
  });

  it('takes a longer cache as torch does: more frames come out', async () => {
    const cache = { type: 'float32', dims: [1, 4, 5], data: values(20, 5) } as const;
    const options = { kernel_size: 3, causal: true };
    const inputs = { x: frames(4, 0, 2), cache };
    const { y } = await offline('DepthwiseConvolution', options, inputs);
    expect(y?.dims).toEqual([1, 5, 4]);
  });

  it.each([
    ['BasicNorm', {}, [['norm.eps', tensor([], 2)]]],
    [
      'espnet2.asr_transducer.normalization.RMSNorm',
      { eps: 1e-3 },
      [['norm.scale', tensor([3], 2)]],
    ],
    ['RMSNorm', { partial: 0.7 }, [['norm.scale', tensor([3], 2)]]],
    ['ScaleNorm', { eps: 1e-3 }, [['norm.scale', tensor([], 2)]]],
    ['torch.nn.LayerNorm', { eps: 0.5, elementwise_affine: false }, []],
    ['torch.nn.Identity', {}, []],
  ] as const)('normalises gates by %s with %o', async (name, args, norm) => {
    const config = { kernel_size: 1, norm_class: name, norm_args: args };
    const weights = new Map<string, Tensor>([...filter('conv', 3, 1), ...norm]);
    const x = frames(6, 0, 2);
    const { y } = await offline('ConvolutionalSpatialGatingUnit', config, { x }, weights);
    const learned = norm[0]?.[1].float32() ?? new Float32Array();
    const taps = weights.get('conv.weight')?.float32() ?? new Float32Array();
    const bias = weights.get('conv.bias')?.float32() ?? new Float32Array();
    for (let t = 0; t < 2; t++) {
      const row = Array.from(x.data.slice(t * 6, t * 6 + 6), Number);
      const normalized = normalize(name.split('.').at(-1) ?? '', row.slice(3), args, learned);
      for (const [c, gate] of normalized.entries()) {
        const expected = (row[c] ?? 0) * ((taps[c] ?? 0) * gate + (bias[c] ?? 0));
        expect(Number(y?.data[t * 3 + c])).toBeCloseTo(expected, 5);
      }
    }
  });

  it.each([
    ['an even kernel', 'ConformerConvolution', { channels: 3, kernel_size: 4 }, 'odd'],
    ['no channel', 'DepthwiseConvolution', { size: 0, kernel_size: 3 }, 'size is 0'],
    ['an odd size', 'ConvolutionalSpatialGatingUnit', { size: 5, kernel_size: 3 }, 'make it even'],
    ['one value', 'ConvolutionalSpatialGatingUnit', { size: 1, kernel_size: 3 }, 'make it even'],
    [
      'an unknown norm',
      'ConvolutionalSpatialGatingUnit',
      { size: 6, kernel_size: 3, norm_class: 'torch.nn.GroupNorm' },
      'norm_class is GroupNorm',
    ],
    [
      'an argument that a norm has not',
      'ConvolutionalSpatialGatingUnit',
      { size: 6, kernel_size: 3, norm_args: { momentum: 1 } },
      'has no option momentum',
    ],
    [
      'a norm over a part that is none',
      'ConvolutionalSpatialGatingUnit',
      { size: 6, kernel_size: 3, norm_class: 'RMSNorm', norm_args: { partial: 0.1 } },
      'is none',
    ],
    [
      'a norm without running statistics',
      'ConformerConvolution',
      { channels: 3, kernel_size: 3, norm_args: { track_running_stats: false } },
      'running statistics',
    ],
    ['a misspelt option', 'DepthwiseConvolution', { size: 2, kernel: 3 }, 'kernel'],
  ])('refuses %s', (_, cls, config, words) => {
    expect(code(() => describeGraph(cls, config))).toMatch(new RegExp(`graph/invalid.*${words}`));
  });

  it('refuses a new cache without an old one', () => {
    const config = { size: 2, kernel_size: 3, causal: true };
    const weights = CLASSES.DepthwiseConvolution.weights(3);
    const build = () =>
      buildGraph('DepthwiseConvolution', config, weights, { outputs: ['cache_out'] });
    expect(code(build)).toContain('only where it gets cache');
  });

  it.each([
    ['the documented layout of the cache', { x: [1, 4, 4], cache: [1, 3, 4] }, 'axis 1 must be 4'],
    ['a cache of another batch', { x: [2, 4, 4], cache: [1, 4, 2] }, 'batch is 2 in x'],
    ['half of the channels', { x: [1, 4, 2] }, 'axis 2 must be 4'],
    ['no frame', { x: [1, 0, 4], cache: [1, 4, 2] }, 'The input has 0 frames'],
    ['too few frames in cache', { x: [1, 1, 4], cache: [1, 4, 1] }, 'fewer than kernel_size'],
    ['a mask of other frames', { x: [1, 4, 4], mask: [1, 3] }, 'frames is 4 in x'],
  ])('refuses %s', (_, shapes: Record<string, number[]>, words) => {
    const config = { size: 2, kernel_size: 3, causal: true };
    const description = describeGraph('DepthwiseConvolution', config);
    expect(code(() => checkInputs(description, shapes))).toContain(words);
  });

  it('refuses gates that are not as many as the values', () => {
    const even = describeGraph('ConvolutionalSpatialGatingUnit', { size: 6, kernel_size: 4 });
    expect(code(() => checkInputs(even, { x: [1, 5, 6] }))).toContain('gives 4 frames');
    const causal = { size: 6, kernel_size: 3, causal: true };
    const long = { x: [1, 5, 6], cache: [1, 3, 4] };
    const description = describeGraph('ConvolutionalSpatialGatingUnit', causal);
    expect(code(() => checkInputs(description, long))).toContain('gives 7 frames');
  });
});

/** The norms written out. */
function normalize(
  name: string,
  row: readonly number[],
  args: { readonly eps?: number; readonly partial?: number },
  learned: Float32Array,
): number[] {
  const power = (part: readonly number[]) => part.reduce((sum, value) => sum + value * value, 0);
  const [first = 0] = learned;
  switch (name) {
    case 'BasicNorm':
      return row.map((value) => value / Math.sqrt(power(row) / 3 + Math.exp(first)));
    case 'RMSNorm': {
      const counted = row.slice(0, args.partial === undefined ? 3 : 2);
      const root = Math.sqrt(power(counted) / counted.length) + (args.eps ?? 1e-5);
      return row.map((value, i) => ((learned[i] ?? 0) * value) / root);
    }
    case 'ScaleNorm':
      return row.map((value) => (first * value) / Math.sqrt(power(row)));
    case 'LayerNorm': {
      const mean = row.reduce((sum, value) => sum + value, 0) / 3;
      const centred = row.map((value) => value - mean);
      return centred.map((value) => value / Math.sqrt(power(centred) / 3 + (args.eps ?? 0)));
    }
    default:
      return [...row];
  }
}

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it ESPnet's convolutions`);

describe.skipIf(absent)("ESPnet's streaming convolutions", () => {
  it('are met in every case', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voiceprint-convolution-'));
    const names = readdirSync(cases).filter((name) => /^(dwconv|confconv|csgu)/.test(name));
    for (const name of names) symlinkSync(join(cases, name), join(folder, name));
    try {
      const report = await runParity(folder);
      expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
      expect(new Set(report.cases.map((result) => result.case)).size).toBe(names.length);
      const worst = Math.max(...report.cases.map(({ relative }) => relative));
      console.info(
        `streaming convolutions: ${report.passed} outputs, largest relative error ${worst}`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
