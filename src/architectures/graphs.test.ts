import { describe, expect, it } from 'vitest';
import { checkModel } from '../onnx/read.js';
import { openRuntime } from '../runtime/index.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { buildGraph, describeGraph } from './build-graph.js';
import { recognizeArchitecture } from './recognize.js';

const TDNN = { in_channels: 4, out_channels: 3, kernel_size: 3, dilation: 1 };
const fill = (shape: number[], value: (i: number) => number) => {
  const count = shape.reduce((product, size) => product * size, 1);
  return float32Tensor(
    Float32Array.from({ length: count }, (_, i) => value(i)),
    shape,
  );
};

/** A TDNN block whose BatchNorm has a positive, a negative and a zero scale. */
function tdnnWeights(): Map<string, Tensor> {
  return new Map([
    ['conv.conv.weight', fill([3, 4, 3], (i) => Math.sin(i + 1))],
    ['conv.conv.bias', fill([3], (i) => i - 1)],
    ['norm.norm.weight', fill([3], (i) => i - 1)],
    ['norm.norm.bias', fill([3], () => 0.5)],
    ['norm.norm.running_mean', fill([3], () => 0.25)],
    ['norm.norm.running_var', fill([3], () => 1)],
  ]);
}

const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
};

describe('buildGraph', () => {
  it('folds negative and zero BatchNorm scales exactly', async () => {
    const weights = tdnnWeights();
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    const session = await runtime.openSession(buildGraph('TDNNBlock', TDNN, weights));
    const x = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i));
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 4, 2], data: x } });
    await runtime.dispose();
    const kernel = weights.get('conv.conv.weight')?.float32() ?? new Float32Array();
    const expected: number[] = [];
    for (let out = 0; out < 3; out++) {
      for (let t = 0; t < 2; t++) {
        let sum = out - 1;
        for (let c = 0; c < 4; c++) {
          for (let k = 0; k < 3; k++) {
            // Two frames reflect into b a b a.
            const frame = Math.abs(t + k - 1) % 2;
            sum += (kernel[(out * 4 + c) * 3 + k] ?? 0) * (x[c * 2 + frame] ?? 0);
          }
        }
        expected.push(((Math.max(0, sum) - 0.25) * (out - 1)) / Math.sqrt(1 + 1e-5) + 0.5);
      }
    }
    expect(y?.dims).toEqual([1, 3, 2]);
    for (const [i, value] of expected.entries()) expect(Number(y?.data[i])).toBeCloseTo(value, 5);
  });

  it('names the config option behind a wrong shape, and lists missing and surplus keys', () => {
    const weights = tdnnWeights();
    weights.set(
      'conv.conv.weight',
      fill([3, 4, 5], () => 1),
    );
    weights.delete('norm.norm.bias');
    weights.set(
      'loss.weight',
      fill([1], () => 1),
    );
    weights.set(
      'norm.norm.num_batches_tracked',
      fill([], () => 1),
    );
    const message = codeOf(() => buildGraph('TDNNBlock', TDNN, weights));
    expect(message).toContain('graph/weights');
    expect(message).toContain(
      'conv.conv.weight is [3, 4, 5], expected [3, 4, 3]: kernel_size in the config is 3',
    );
    expect(message).toContain('missing: norm.norm.bias');
    expect(message).toContain('not of this architecture: loss.weight');
    expect(message).not.toContain('num_batches_tracked');
  });

  it('refuses NaN and a negative variance', () => {
    const weights = tdnnWeights().set(
      'conv.conv.bias',
      fill([3], () => Number.NaN),
    );
    expect(codeOf(() => buildGraph('TDNNBlock', TDNN, weights))).toContain(
      'conv.conv.bias holds NaN',
    );
    const negative = tdnnWeights().set(
      'norm.norm.running_var',
      fill([3], () => -1),
    );
    expect(codeOf(() => buildGraph('TDNNBlock', TDNN, negative))).toContain('variance');
  });

  it.each([
    ['an unknown class', 'Nothing', {}, 'graph/unsupported'],
    ['an unknown option', 'ECAPA_TDNN', { input_size: 80, chanels: [1] }, 'has no option chanels'],
    ['a missing option', 'ECAPA_TDNN', {}, 'needs the option input_size'],
    [
      'lists of unequal length',
      'ECAPA_TDNN',
      { input_size: 80, kernel_sizes: [5, 3, 1] },
      'one for each',
    ],
    ['an indivisible scale', 'ECAPA_TDNN', { input_size: 80, res2net_scale: 7 }, 'not a multiple'],
    [
      'an even inner kernel',
      'ECAPA_TDNN',
      { input_size: 80, kernel_sizes: [5, 3, 4, 3, 1] },
      'odd kernel',
    ],
    ['an unknown activation', 'TDNNBlock', { ...TDNN, activation: 'Foo' }, 'torch.nn'],
    ['groups that do not divide', 'TDNNBlock', { ...TDNN, groups: 2 }, 'not a multiple'],
  ])('refuses %s', (_, cls, config, text) => {
    expect(codeOf(() => describeGraph(cls, config))).toContain(text);
  });

  it.each(['fp32', 'fp16', 'int8'] as const)('writes a well formed graph at %s', (precision) => {
    const model = buildGraph('TDNNBlock', TDNN, tdnnWeights(), { precision });
    expect(checkModel(model)).toMatchObject({ opset: 20, inputs: ['x'], outputs: ['y'] });
  });

  it('knows the fewest frames', () => {
    expect(describeGraph('ECAPA_TDNN', { input_size: 80 })).toMatchObject({
      minimumFrames: 5,
      embeddingSize: 192,
      featureSize: 80,
    });
    expect(describeGraph('TDNNBlock', { ...TDNN, kernel_size: 4, dilation: 3 }).minimumFrames).toBe(
      5,
    );
  });

  it('recognizes nothing in a strange state dict', () => {
    expect(recognizeArchitecture(tdnnWeights())).toBeUndefined();
  });
});
