import { describe, expect, it } from 'vitest';
import { runGraphOnce } from '../runtime/run-graph-once.js';
import { concat, everyNth, GraphBuilder, MOST_BUFFERS, split, type Value } from './index.js';

const COLUMNS = 20;
const ROWS = 2;
const data = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => i);

/** Runs a graph of one input `x` [rows, columns]. */
async function run(make: (g: GraphBuilder, x: Value) => Value) {
  const g = new GraphBuilder({ name: 'movement' });
  g.output('y', make(g, g.input('x', 'float32', [ROWS, COLUMNS])));
  const { nodes } = g.build();
  const input = { name: 'x', data, shape: [ROWS, COLUMNS] };
  return { nodes, y: [...(await runGraphOnce(g.finish(), input, 'y'))] };
}

const buffersOf = ({
  inputs,
  outputs,
}: {
  inputs: readonly string[];
  outputs: readonly string[];
}) => new Set(inputs.filter((name) => name !== '')).size + outputs.length;

describe('split and concat', () => {
  it.each([1, 2, 4, 5, 10, 20])('into %i parts and back is what it was', async (count) => {
    const sizes = Array<number>(count).fill(COLUMNS / count);
    const { nodes, y } = await run((g, x) => concat(g, split(g, x, 1, sizes), 1));
    expect(y).toEqual([...data]);
    for (const node of nodes) expect(buffersOf(node)).toBeLessThanOrEqual(MOST_BUFFERS);
  });

  it('keeps the order of parts of different sizes', async () => {
    const sizes = [1, 2, 3, 1, 2, 3, 1, 2, 5];
    const { y } = await run((g, x) => concat(g, split(g, x, 1, sizes).reverse(), 1));
    const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
    const order = starts
      .map((start, i) => Array.from({ length: sizes[i] ?? 0 }, (_, k) => start + k))
      .reverse()
      .flat();
    expect(y).toEqual([0, 1].flatMap((row) => order.map((column) => row * COLUMNS + column)));
  });
});

describe('everyNth', () => {
  it('begins with the first and takes a last, shorter run too', async () => {
    const { y } = await run((g, x) => everyNth(g, x, 1, 8));
    expect(y).toEqual([0, 8, 16, 20, 28, 36]);
  });
});

describe('a node', () => {
  it('is refused where it binds more than WebGPU promises', () => {
    const g = new GraphBuilder({ name: 'wide' });
    const inputs = Array.from({ length: 8 }, (_, i) => g.input(`x${i}`, 'float32', [1]));
    const make = (count: number) => () =>
      g.node('Concat', inputs.slice(0, count), { dtype: 'float32', shape: [count] }, { axis: 0 });
    expect(make(7)).not.toThrow();
    expect(make(8)).toThrow(/Concat binds 9 buffers/);
  });
});
