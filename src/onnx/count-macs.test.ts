import { describe, expect, it } from 'vitest';
import { countedValues, countMacs } from './count-macs.js';
import { conv, einsum, GraphBuilder, gemm, matMul, relu, transpose } from './index.js';
import { readModel } from './read.js';

const FRAMES = 10;

/** Counts a graph, and holds the names it asks sizes of against the ones it announced. */
function count(g: GraphBuilder, sizes: Record<string, readonly number[]>): number {
  const { graph } = readModel(g.finish());
  if (graph === undefined) throw new Error('no graph');
  const known = new Map(Object.entries(sizes));
  for (const { name, dims } of graph.initializer) known.set(name, dims.map(Number));
  const announced = new Set(countedValues(graph));
  return countMacs(graph, (name) => {
    expect(announced).toContain(name);
    const found = known.get(name);
    if (found === undefined) throw new Error(`sizes of ${name} are unknown`);
    return found;
  });
}

function constant(g: GraphBuilder, shape: readonly number[]) {
  const values = new Float32Array(shape.reduce((total, size) => total * size, 1));
  return g.constant('w', values, shape);
}

describe('countMacs', () => {
  it('counts a convolution by its output frames, with the channels of one group', () => {
    const g = new GraphBuilder({ name: 'conv' });
    const x = g.input('x', 'float32', [1, 6, 'frames']);
    g.output('y', conv(g, x, constant(g, [4, 3, 5]), undefined, { groups: 2 }));
    // 4 output channels, 6 output frames, each from 3 channels times 5 taps.
    expect(count(g, { x: [1, 6, FRAMES], y: [1, 4, 6] })).toBe(4 * 6 * 3 * 5);
  });

  it('counts a convolution over two axes, and a batch', () => {
    const g = new GraphBuilder({ name: 'conv' });
    const x = g.input('x', 'float32', [2, 1, 8, 'frames']);
    g.output('y', conv(g, x, constant(g, [7, 1, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
    expect(count(g, { x: [2, 1, 8, FRAMES], y: [2, 7, 8, FRAMES] })).toBe(2 * 7 * 8 * FRAMES * 9);
  });

  it('counts matrix products with their broadcast axes, and nothing elementwise', () => {
    const g = new GraphBuilder({ name: 'product' });
    const x = g.input('x', 'float32', [3, 'frames', 8]);
    g.output('y', matMul(g, relu(g, x), constant(g, [8, 5])));
    expect(count(g, { x: [3, FRAMES, 8], relu: [3, FRAMES, 8], y: [3, FRAMES, 5] })).toBe(
      3 * FRAMES * 8 * 5,
    );
  });

  it('counts Gemm, and sums what several nodes take', () => {
    const g = new GraphBuilder({ name: 'gemm' });
    const x = g.input('x', 'float32', ['batch', 4]);
    const first = gemm(g, x, constant(g, [4, 6]), constant(g, [6]));
    g.output('y', gemm(g, first, constant(g, [6, 2]), constant(g, [2])));
    expect(count(g, { x: [3, 4], [first.name]: [3, 6], y: [3, 2] })).toBe(3 * 4 * 6 + 3 * 6 * 2);
  });

  it('counts a contraction by every index of its equation, once', () => {
    const g = new GraphBuilder({ name: 'einsum' });
    const x = g.input('x', 'float32', [2, 3, 'frames', 4]);
    const y = einsum(g, 'bmlf,mhf->bmlh', [x, constant(g, [3, 5, 4])], [2, 3, 'frames', 5]);
    g.output('y', y);
    const sizes = { x: [2, 3, FRAMES, 4], y: [2, 3, FRAMES, 5] };
    expect(count(g, sizes)).toBe(2 * 3 * FRAMES * 4 * 5);
  });

  it('counts nothing where nothing is multiplied', () => {
    const g = new GraphBuilder({ name: 'movement' });
    const x = g.input('x', 'float32', [2, 'frames']);
    g.output('y', transpose(g, x, [1, 0]));
    expect(count(g, {})).toBe(0);
  });

  it('does not guess what an ellipsis stands for', () => {
    const g = new GraphBuilder({ name: 'einsum' });
    const x = g.input('x', 'float32', [2, 'frames', 4]);
    g.output('y', einsum(g, '...f,hf->...h', [x, constant(g, [5, 4])], [2, 'frames', 5]));
    expect(() => count(g, {})).toThrow(/ellipsis/);
  });
});
