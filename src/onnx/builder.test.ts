import { describe, expect, it } from 'vitest';
import { GraphBuilder, matMul } from './index.js';

/** Element types of the stored constants of a product with one weight. */
function storedAs(precision: 'fp32' | 'fp16' | 'int8', coarsest?: 'fp16' | 'int8') {
  const g = new GraphBuilder({ name: 'weights', precision });
  const x = g.input('x', 'float32', [1, 64]);
  g.output(
    'y',
    matMul(g, x, g.weight('w', new Float32Array(64 * 64).fill(1), [64, 64], 1, coarsest)),
  );
  return g.build().initializers.map(({ dtype }) => dtype);
}

describe('GraphBuilder.weight', () => {
  it('stores at the precision of the graph', () => {
    expect(storedAs('fp32')).toEqual(['float32']);
    expect(storedAs('fp16')).toEqual(['float16']);
    expect(storedAs('int8')).toEqual(['int8', 'float32']);
  });

  it('stores no coarser than a weight allows', () => {
    expect(storedAs('int8', 'fp16')).toEqual(['float16']);
    expect(storedAs('fp32', 'fp16')).toEqual(['float32']);
    expect(storedAs('fp16', 'int8')).toEqual(['float16']);
  });
});
