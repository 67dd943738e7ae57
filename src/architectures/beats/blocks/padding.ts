import {
  cast,
  type GraphBuilder,
  reduce,
  sizeOf,
  squeeze,
  subtract,
  sum,
  type Value,
} from '../../../onnx/index.js';

/**
 * Upstream's `forward_padding_mask`: the surplus at the end is cut, and a unit is padding where all
 * of its share is. The shares are consecutive runs of the finer mask, whatever the units cover.
 *
 * @param padding - float32 `[batch, finer]`, 1 where there is padding.
 * @param units - `[batch, units, features]`; finer / units is 1 or more.
 * @returns float32 `[batch, units]`
 */
export function coarsePadding(g: GraphBuilder, padding: Value, units: Value): Value {
  const [batch = 'batch'] = padding.shape;
  const [, count = 'units'] = units.shape;
  const vector = { dtype: 'int64', shape: [1] } as const;
  // Lengths, not values: these few int64 numbers are the CPU's on every backend.
  const total = sizeOf(g, units, 1);
  const share = g.node('Div', [sizeOf(g, padding, 1), total], vector);
  const whole = g.node('Mul', [share, total], vector);
  const cut = g.node('Slice', [padding, g.integers([0]), whole, g.integers([1])], {
    dtype: 'float32',
    shape: [batch, 'whole'],
  });
  const sizes = g.node(
    'Concat',
    [g.integers([0]), total, share],
    { dtype: 'int64', shape: [3] },
    { axis: 0 },
  );
  const shares = g.node('Reshape', [cut, sizes], {
    dtype: 'float32',
    shape: [batch, count, 'share'],
  });
  return squeeze(g, reduce(g, 'ReduceMin', shares, 2), 2);
}

/** 1 where {@link coarsePadding} has 0, float32 `[batch, units]`. */
export function keptTokens(g: GraphBuilder, padding: Value): Value {
  return subtract(g, g.scalar(1), padding);
}

/** How many units are not padding, int64 `[batch]`. */
export function keptCount(g: GraphBuilder, kept: Value): Value {
  return cast(g, squeeze(g, sum(g, kept, 1), 1), 'int64');
}
