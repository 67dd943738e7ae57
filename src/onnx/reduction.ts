import { float, type GraphBuilder, type Value } from './builder.js';
import { dimAt, withDim } from './shape.js';

export type ReductionOp =
  | 'ReduceMean'
  | 'ReduceSum'
  | 'ReduceMax'
  | 'ReduceMin'
  | 'ReduceSumSquare';

/** Reduces one axis; it stays with size 1. */
export function reduce(g: GraphBuilder, op: ReductionOp, x: Value, axis: number): Value {
  const result = { dtype: x.dtype, shape: withDim(x.shape, axis, 1) };
  return g.node(op, [x, g.integers([axis])], result, { keepdims: 1 });
}

export const mean = (g: GraphBuilder, x: Value, axis: number): Value =>
  reduce(g, 'ReduceMean', x, axis);
export const sum = (g: GraphBuilder, x: Value, axis: number): Value =>
  reduce(g, 'ReduceSum', x, axis);
export const maximum = (g: GraphBuilder, x: Value, axis: number): Value =>
  reduce(g, 'ReduceMax', x, axis);

export function softmax(g: GraphBuilder, x: Value, axis: number): Value {
  return g.node('Softmax', [x], { dtype: x.dtype, shape: x.shape }, { axis });
}

/** Normalises the last axis, then scales and shifts it. */
export function layerNorm(
  g: GraphBuilder,
  x: Value,
  scale: Value,
  bias: Value | undefined,
  epsilon = 1e-5,
): Value {
  if (dimAt(scale.shape, -1) !== dimAt(x.shape, -1)) {
    throw new RangeError(`layerNorm: scale [${scale.shape}] for [${x.shape}]`);
  }
  const result = { dtype: x.dtype, shape: x.shape };
  const attributes = { axis: -1, epsilon: float(epsilon) };
  return g.node('LayerNormalization', [x, scale, bias], result, attributes);
}

/** The whole numbers 0 to size-1 as float32; `size` is an int64 vector of one element. */
export function countUp(g: GraphBuilder, size: Value, dim: string): Value {
  const limit = g.node('Squeeze', [size], { dtype: 'int64', shape: [] });
  const cast = g.node('Cast', [limit], { dtype: 'float32', shape: [] }, { to: 1 });
  const inputs = [g.scalar(0), cast, g.scalar(1)];
  return g.node('Range', inputs, { dtype: 'float32', shape: [dim] });
}
