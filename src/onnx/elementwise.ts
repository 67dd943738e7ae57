import { type AttributeInput, float, type GraphBuilder, type Value } from './builder.js';
import { type Dtype, ONNX_DTYPES } from './dtypes.js';
import { broadcast } from './shape.js';

export type UnaryOp =
  | 'Abs'
  | 'Celu'
  | 'Cos'
  | 'Elu'
  | 'Erf'
  | 'Exp'
  | 'Gelu'
  | 'HardSigmoid'
  | 'HardSwish'
  | 'Identity'
  | 'LeakyRelu'
  | 'Log'
  | 'Mish'
  | 'Neg'
  | 'Not'
  | 'Reciprocal'
  | 'Relu'
  | 'Selu'
  | 'Shrink'
  | 'Sigmoid'
  | 'Sin'
  | 'Softplus'
  | 'Softsign'
  | 'Sqrt'
  | 'Tanh';

export type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min';
export type ComparisonOp = 'Less' | 'LessOrEqual' | 'Greater' | 'GreaterOrEqual' | 'Equal';

/** An operator that keeps dtype and shape. */
export function unary(
  g: GraphBuilder,
  op: UnaryOp,
  x: Value,
  attributes: Readonly<Record<string, AttributeInput>> = {},
): Value {
  return g.node(op, [x], { dtype: x.dtype, shape: x.shape }, attributes);
}

/** An arithmetic operator with broadcasting. */
function binary(g: GraphBuilder, op: BinaryOp, a: Value, b: Value): Value {
  return g.node(op, [a, b], { dtype: a.dtype, shape: broadcast(a.shape, b.shape) });
}

export function compare(g: GraphBuilder, op: ComparisonOp, a: Value, b: Value): Value {
  return g.node(op, [a, b], { dtype: 'bool', shape: broadcast(a.shape, b.shape) });
}

export const add = (g: GraphBuilder, a: Value, b: Value): Value => binary(g, 'Add', a, b);
export const subtract = (g: GraphBuilder, a: Value, b: Value): Value => binary(g, 'Sub', a, b);
export const multiply = (g: GraphBuilder, a: Value, b: Value): Value => binary(g, 'Mul', a, b);
export const divide = (g: GraphBuilder, a: Value, b: Value): Value => binary(g, 'Div', a, b);
export const relu = (g: GraphBuilder, x: Value): Value => unary(g, 'Relu', x);
export const sigmoid = (g: GraphBuilder, x: Value): Value => unary(g, 'Sigmoid', x);
export const tanh = (g: GraphBuilder, x: Value): Value => unary(g, 'Tanh', x);
export const squareRoot = (g: GraphBuilder, x: Value): Value => unary(g, 'Sqrt', x);

export function leakyRelu(g: GraphBuilder, x: Value, slope: number): Value {
  return unary(g, 'LeakyRelu', x, { alpha: float(slope) });
}

/** GELU by the error function, or by its tanh approximation. */
export function gelu(g: GraphBuilder, x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return unary(g, 'Gelu', x, { approximate });
}

/** Values limited to [low, high]; either bound may be left out. */
export function clip(
  g: GraphBuilder,
  x: Value,
  bounds: { readonly low?: number; readonly high?: number },
): Value {
  const bound = (value: number | undefined) => (value === undefined ? undefined : g.scalar(value));
  const inputs = [x, bound(bounds.low), bound(bounds.high)];
  return g.node('Clip', inputs, { dtype: x.dtype, shape: x.shape });
}

/** `a` where the condition holds, else `b`. */
export function where(g: GraphBuilder, condition: Value, a: Value, b: Value): Value {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  return g.node('Where', [condition, a, b], { dtype: a.dtype, shape });
}

export function cast(g: GraphBuilder, x: Value, dtype: Dtype): Value {
  return g.node('Cast', [x], { dtype, shape: x.shape }, { to: ONNX_DTYPES[dtype] });
}
