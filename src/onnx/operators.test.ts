import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRuntime, type Runtime } from '../runtime/index.js';
import type { TensorValue } from '../tensor.js';
import type { Dim } from './index.js';
import * as onnx from './index.js';

/** What the named sizes are when the graphs run. */
const SIZES: Readonly<Record<string, number>> = { batch: 2, frames: 11 };

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ backend: 'wasm', threads: 1 });
});
afterAll(() => runtime.dispose());

/** The size that a name of the builder's stands for, such as `(frames-3)/2+1`. */
function sizeOf(dim: Dim): number {
  if (typeof dim === 'number') return dim;
  const halved = /^\((.+)\)\/(\d+)\+(\d+)$/.exec(dim);
  if (halved !== null) {
    const [, inner = '', by, more] = halved;
    return Math.floor(sizeOf(inner) / Number(by)) + Number(more);
  }
  return dim
    .split(/(?=[+-])/)
    .reduce((sum, term) => sum + (SIZES[term.replace('+', '')] ?? Number(term)), 0);
}

/** Numbers that are neither round nor symmetric, the same in every run. */
function wave(dims: readonly number[]): Float32Array {
  const length = dims.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => 2 * Math.sin(i * i + 0.5));
}

interface Computed {
  /** Sizes that the builder followed, with names replaced. */
  readonly expected: readonly number[];
  readonly output: TensorValue;
  readonly x: Float32Array;
}

/** Builds a graph of one input, runs it, and gives its output beside what the builder said of it. */
async function run(
  shape: readonly Dim[],
  build: (g: onnx.GraphBuilder, x: onnx.Value) => onnx.Value,
): Promise<Computed> {
  const g = new onnx.GraphBuilder({ name: 'operator' });
  const y = build(g, g.input('x', 'float32', shape));
  g.output('y', y);
  const session = await runtime.openSession(g.finish());
  const dims = shape.map(sizeOf);
  const x = wave(dims);
  const { y: output } = await session.run({ x: { type: 'float32', dims, data: x } });
  await session.dispose();
  if (output === undefined) throw new Error('no output');
  expect(output.type).toBe(y.dtype);
  return { expected: y.shape.map(sizeOf), output, x };
}

const rows: readonly Dim[] = ['batch', 'frames', 6];
const channels: readonly Dim[] = ['batch', 6, 'frames'];
const picture: readonly Dim[] = ['batch', 4, 10, 'frames'];
const kernel = (g: onnx.GraphBuilder, dims: readonly number[]) => g.constant('k', wave(dims), dims);

describe('the sizes that the builder follows are those that are computed:', () => {
  it.each<[string, readonly Dim[], (g: onnx.GraphBuilder, x: onnx.Value) => onnx.Value]>([
    ['unary', rows, (g, x) => onnx.gelu(g, onnx.tanh(g, x), 'tanh')],
    ['leaky and clipped', rows, (g, x) => onnx.clip(g, onnx.leakyRelu(g, x, 0.1), { high: 1 })],
    ['broadcast', rows, (g, x) => onnx.add(g, x, kernel(g, [6]))],
    ['broadcast to more axes', ['frames'], (g, x) => onnx.multiply(g, kernel(g, [3, 1]), x)],
    ['compared', rows, (g, x) => onnx.compare(g, 'Less', x, g.scalar(0))],
    [
      'where',
      ['frames', 1],
      (g, x) => onnx.where(g, onnx.compare(g, 'Less', x, g.scalar(0)), kernel(g, [5]), x),
    ],
    ['cast', rows, (g, x) => onnx.cast(g, x, 'int64')],
    ['matMul', rows, (g, x) => onnx.matMul(g, x, kernel(g, [6, 4]))],
    ['matMul over batches', rows, (g, x) => onnx.matMul(g, kernel(g, [3, 1, 2, 11]), x)],
    ['gemm', ['frames', 6], (g, x) => onnx.gemm(g, x, kernel(g, [6, 4]), kernel(g, [4]))],
    [
      'einsum',
      rows,
      (g, x) => onnx.einsum(g, 'blf,hf->bhl', [x, kernel(g, [4, 6])], ['batch', 4, 'frames']),
    ],
    ['conv', channels, (g, x) => onnx.conv(g, x, kernel(g, [4, 6, 3]), kernel(g, [4]))],
    [
      'conv, dilated and padded',
      channels,
      (g, x) => onnx.conv(g, x, kernel(g, [4, 6, 3]), undefined, { dilations: [2], pads: [3, 1] }),
    ],
    [
      'conv, in groups with strides',
      channels,
      (g, x) => onnx.conv(g, x, kernel(g, [4, 3, 3]), undefined, { strides: [2], groups: 2 }),
    ],
    [
      'conv, strides over padding',
      channels,
      (g, x) => onnx.conv(g, x, kernel(g, [4, 6, 5]), undefined, { strides: [3], pads: [4, 4] }),
    ],
    [
      'conv over two axes',
      picture,
      (g, x) =>
        onnx.conv(g, x, kernel(g, [3, 4, 3, 2]), undefined, {
          strides: [2, 1],
          pads: [1, 0, 1, 1],
        }),
    ],
    ['transpose', picture, (g, x) => onnx.transpose(g, x, [0, 3, 1, 2])],
    ['reshape', rows, (g, x) => onnx.reshape(g, x, [0, 0, 3, 2], ['batch', 'frames', 3, 2])],
    ['unsqueeze', rows, (g, x) => onnx.unsqueeze(g, onnx.unsqueeze(g, x, 0), -1)],
    ['squeeze', ['frames', 1, 3], (g, x) => onnx.squeeze(g, x, -2)],
    ['concat', channels, (g, x) => onnx.concat(g, [x, kernel(g, [2, 6, 3]), x], -1)],
    ['concat of one', channels, (g, x) => onnx.relu(g, onnx.concat(g, [x], 0))],
    ['slice', channels, (g, x) => onnx.slice(g, x, -1, 2, 3)],
    ['slice to the end', channels, (g, x) => onnx.slice(g, x, 1, 4, 0)],
    ['lastOf', channels, (g, x) => onnx.lastOf(g, x, 2, 4)],
    ['pad', channels, (g, x) => onnx.pad(g, x, -1, 2, 5)],
    ['pad of nothing', channels, (g, x) => onnx.relu(g, onnx.pad(g, x, -1, 0, 0))],
    ['gather', rows, (g, x) => onnx.gather(g, x, g.integers([5, 0, 0]), -1)],
    ['reduce', channels, (g, x) => onnx.mean(g, x, -1)],
    ['softmax', channels, (g, x) => onnx.softmax(g, x, 1)],
    ['running sum', channels, (g, x) => onnx.cumulativeSum(g, x, -1)],
    ['layerNorm', rows, (g, x) => onnx.layerNorm(g, x, kernel(g, [6]), undefined)],
    ['sizeOf', rows, (g, x) => onnx.sizeOf(g, x, -2)],
    ['countUp', rows, (g, x) => onnx.countUp(g, onnx.sizeOf(g, x, 1), 'frames')],
  ])('%s', async (_, shape, build) => {
    const { expected, output } = await run(shape, build);
    expect(output.dims).toEqual(expected);
  });
});

describe('values', () => {
  const frames = SIZES.frames ?? 0;
  const one: readonly Dim[] = ['frames'];
  const list = (output: TensorValue) => Array.from(output.data, Number);

  it('of slices are those that are named', async () => {
    const { output, x } = await run(one, (g, value) => onnx.slice(g, value, 0, 2, 3));
    expect(list(output)).toEqual([...x.subarray(2, frames - 3)]);
    const last = await run(one, (g, value) => onnx.lastOf(g, value, 0, 4));
    expect(list(last.output)).toEqual([...last.x.subarray(frames - 4)]);
  });

  it.each([
    ['constant', () => 0],
    ['reflect', (x: Float32Array, at: number) => x[at < 0 ? -at : 2 * (frames - 1) - at]],
    ['edge', (x: Float32Array, at: number) => x[at < 0 ? 0 : frames - 1]],
  ] as const)('of padding by %s', async (mode, outside) => {
    const { output, x } = await run(one, (g, value) => onnx.pad(g, value, 0, 3, 2, mode));
    const padded = Array.from({ length: frames + 5 }, (_, i) => {
      const at = i - 3;
      return at >= 0 && at < frames ? x[at] : outside(x, at);
    });
    expect(list(output)).toEqual(padded);
  });

  it('of parts are the axis again', async () => {
    const { output, x } = await run(['frames', 6], (g, value) => {
      const parts = onnx.split(g, value, -1, [1, 3, 2]);
      expect(parts.map(({ shape }) => shape)).toEqual([1, 3, 2].map((size) => ['frames', size]));
      return onnx.concat(g, parts, 1);
    });
    expect(list(output)).toEqual([...x]);
  });

  it('of a convolution are sums of products', async () => {
    const taps = wave([1, 1, 3]);
    const { output, x } = await run([1, 1, 'frames'], (g, value) =>
      onnx.conv(g, value, kernel(g, [1, 1, 3]), g.constant('b', [0.5], [1]), {
        dilations: [2],
        strides: [2],
        pads: [1, 2],
      }),
    );
    const at = (i: number) => x[i - 1] ?? 0;
    const sums = list(output).map((_, n) =>
      taps.reduce((sum, tap, k) => sum + tap * at(2 * n + 2 * k), 0.5),
    );
    for (const [n, value] of list(output).entries()) expect(value).toBeCloseTo(sums[n] ?? 0, 5);
  });

  it('of a clip keep to either bound, or to both', async () => {
    const bounds = [{ low: -1 }, { high: 0.5 }, { low: -1, high: 0.5 }] as const;
    for (const bound of bounds) {
      const { output, x } = await run(one, (g, value) => onnx.clip(g, value, bound));
      const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = bound as {
        readonly low?: number;
        readonly high?: number;
      };
      expect(list(output)).toEqual(Array.from(x, (v) => Math.min(high, Math.max(low, v))));
    }
  });

  it('count up to a size that is known only when the graph runs', async () => {
    const { output } = await run(one, (g, x) => onnx.countUp(g, onnx.sizeOf(g, x, 0), 'frames'));
    expect(list(output)).toEqual(Array.from({ length: frames }, (_, i) => i));
  });
});

describe('what does not fit is refused while the graph is built:', () => {
  const refused = (build: (g: onnx.GraphBuilder) => unknown) =>
    expect(() => build(new onnx.GraphBuilder({ name: 'refused' })));
  const x = (g: onnx.GraphBuilder, ...shape: Dim[]) => g.input('x', 'float32', shape);

  it('products of other sizes', () => {
    refused((g) => onnx.matMul(g, x(g, 3, 4), kernel(g, [5, 2]))).toThrow('[3,4] times [5,2]');
  });

  it('parts that do not make the axis, or of an axis of unknown size', () => {
    refused((g) => onnx.split(g, x(g, 3, 6), 1, [2, 3])).toThrow('parts of 2,3 do not make axis 1');
    refused((g) => onnx.split(g, x(g, 'frames'), 0, [2, 3])).toThrow('must have a known size');
  });

  it('a scale of another size', () => {
    refused((g) => onnx.layerNorm(g, x(g, 3, 6), kernel(g, [5]), undefined)).toThrow('scale [5]');
  });

  it('nothing to join, and axes that are not there', () => {
    refused((g) => onnx.concat(g, [], 0)).toThrow('concat of nothing');
    refused((g) => onnx.mean(g, x(g, 3, 6), 2)).toThrow('axis 2 of rank 2');
    refused((g) => onnx.conv(g, x(g, 1, 2, 'frames'), x(g, 4, 2, 'taps'), undefined)).toThrow(
      'must have a known size',
    );
  });
});
