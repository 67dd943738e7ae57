import { type GraphBuilder, MOST_BUFFERS, type Value } from './builder.js';
import type { Dim } from './model.js';
import { dimAt, knownDim, offsetDim, withDim, wrapAxis } from './shape.js';

/** ONNX's way to say "to the end". */
const END = 2 ** 53 - 1;

export function transpose(g: GraphBuilder, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => dimAt(x.shape, axis));
  return g.node('Transpose', [x], { dtype: x.dtype, shape }, { perm: order });
}

/**
 * A view with other sizes. In `sizes`, 0 keeps the size of the same axis and -1 is inferred;
 * `shape` is what comes out, for the builder's own book-keeping.
 */
export function reshape(
  g: GraphBuilder,
  x: Value,
  sizes: readonly number[],
  shape: readonly Dim[],
): Value {
  return g.node('Reshape', [x, g.integers(sizes)], { dtype: x.dtype, shape });
}

export function unsqueeze(g: GraphBuilder, x: Value, axis: number): Value {
  const shape = [...x.shape];
  shape.splice(axis < 0 ? axis + x.shape.length + 1 : axis, 0, 1);
  return g.node('Unsqueeze', [x, g.integers([axis])], { dtype: x.dtype, shape });
}

export function squeeze(g: GraphBuilder, x: Value, axis: number): Value {
  const at = wrapAxis(axis, x.shape.length);
  const shape = x.shape.filter((_, i) => i !== at);
  return g.node('Squeeze', [x, g.integers([axis])], { dtype: x.dtype, shape });
}

/**
 * Joins values along an axis. More than one node can bind are joined step by step, as few as
 * possible twice.
 */
export function concat(g: GraphBuilder, values: readonly Value[], axis: number): Value {
  const most = MOST_BUFFERS - 1;
  let parts = values;
  while (parts.length > most) {
    // So many that the rest fits one node, or as many as one node takes.
    const count = Math.min(most, parts.length - most + 1);
    parts = [join(g, parts.slice(0, count), axis), ...parts.slice(count)];
  }
  return join(g, parts, axis);
}

function join(g: GraphBuilder, values: readonly Value[], axis: number): Value {
  const [first, ...rest] = values;
  if (first === undefined) throw new RangeError('concat of nothing');
  if (rest.length === 0) return first;
  const total = rest.reduce<Dim>(
    (sum, { shape }) => {
      const next = dimAt(shape, axis);
      if (typeof next === 'number') return offsetDim(sum, next);
      return typeof sum === 'number' ? offsetDim(next, sum) : `${sum}+${next}`;
    },
    dimAt(first.shape, axis),
  );
  const shape = withDim(first.shape, axis, total);
  return g.node('Concat', values, { dtype: first.dtype, shape }, { axis });
}

/**
 * Cuts an axis of known size into parts of the given sizes: by one node, or by one for each part
 * where they are more than a node can bind.
 */
export function split(g: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): Value[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== knownDim(x.shape, axis)) {
    throw new RangeError(`parts of ${sizes} do not make axis ${axis} of [${x.shape}]`);
  }
  if (sizes.length === 1) return [x];
  // The sizes are an input too.
  if (sizes.length + 2 > MOST_BUFFERS) {
    let start = 0;
    return sizes.map((size) => {
      const part = slice(g, x, axis, start, total - start - size);
      start += size;
      return part;
    });
  }
  const results = sizes.map((size) => ({ dtype: x.dtype, shape: withDim(x.shape, axis, size) }));
  return g.nodeWithOutputs('Split', [x, g.integers(sizes)], results, { axis });
}

/**
 * The elements of an axis from `start` on, without the last `dropEnd`. Steps other than 1 are not
 * offered: WebGPU computes interior slices with step -1 wrongly.
 */
export function slice(
  g: GraphBuilder,
  x: Value,
  axis: number,
  start: number,
  dropEnd: number,
): Value {
  const shape = withDim(x.shape, axis, offsetDim(dimAt(x.shape, axis), -start - dropEnd));
  const end = dropEnd === 0 ? END : -dropEnd;
  const inputs = [x, g.integers([start]), g.integers([end]), g.integers([axis])];
  return g.node('Slice', inputs, { dtype: x.dtype, shape });
}

/** The first of every `step` elements of an axis. */
export function everyNth(g: GraphBuilder, x: Value, axis: number, step: number): Value {
  const ints = [0, END, axis, step].map((value) => g.integers([value]));
  const shape = withDim(x.shape, axis, strideDim(dimAt(x.shape, axis), step));
  return g.node('Slice', [x, ...ints], { dtype: x.dtype, shape });
}

function strideDim(dim: Dim, step: number): Dim {
  return typeof dim === 'number' ? Math.ceil(dim / step) : `(${offsetDim(dim, -1)})/${step}+1`;
}

/** The last `count` elements of an axis. */
export function lastOf(g: GraphBuilder, x: Value, axis: number, count: number): Value {
  const inputs = [x, g.integers([-count]), g.integers([END]), g.integers([axis])];
  return g.node('Slice', inputs, { dtype: x.dtype, shape: withDim(x.shape, axis, count) });
}

/**
 * Padding of one axis. `reflect` needs an axis longer than either side: onnxruntime's WebGPU
 * provider does not check that, so whoever runs the graph must.
 */
export function pad(
  g: GraphBuilder,
  x: Value,
  axis: number,
  before: number,
  after: number,
  mode: 'constant' | 'reflect' | 'edge' = 'constant',
): Value {
  if (before === 0 && after === 0) return x;
  const at = wrapAxis(axis, x.shape.length);
  const side = (count: number) => x.shape.map((_, i) => (i === at ? count : 0));
  const pads = g.integers([...side(before), ...side(after)]);
  const shape = withDim(x.shape, at, offsetDim(dimAt(x.shape, at), before + after));
  return g.node('Pad', [x, pads], { dtype: x.dtype, shape }, { mode });
}

/** Rows of `table` along `axis`, picked by integer indices. */
export function gather(g: GraphBuilder, table: Value, indices: Value, axis: number): Value {
  const at = wrapAxis(axis, table.shape.length);
  const shape = [...table.shape.slice(0, at), ...indices.shape, ...table.shape.slice(at + 1)];
  return g.node('Gather', [table, indices], { dtype: table.dtype, shape }, { axis });
}

/** The size of an axis at run time, as an int64 vector of one element. */
export function sizeOf(g: GraphBuilder, x: Value, axis: number): Value {
  const at = wrapAxis(axis, x.shape.length);
  const attributes = { start: at, end: at + 1 };
  return g.node('Shape', [x], { dtype: 'int64', shape: [1] }, attributes);
}
