import type { AttributeInput, GraphBuilder, Value } from './builder.js';
import type { Dim } from './model.js';
import { broadcast, dimAt, knownDim, offsetDim } from './shape.js';

/** Matrix product over the last two axes, with broadcasting over the others. */
export function matMul(g: GraphBuilder, a: Value, b: Value): Value {
  const inner = dimAt(a.shape, -1);
  const other = dimAt(b.shape, b.shape.length === 1 ? -1 : -2);
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    throw new RangeError(`matMul: [${a.shape}] times [${b.shape}]`);
  }
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, dimAt(a.shape, -2), dimAt(b.shape, -1)];
  return g.node('MatMul', [a, b], { dtype: a.dtype, shape });
}

/** `a` times `b` plus a row `c`, for matrices. */
export function gemm(g: GraphBuilder, a: Value, b: Value, c: Value): Value {
  const shape = [dimAt(a.shape, 0), dimAt(b.shape, 1)];
  return g.node('Gemm', [a, b, c], { dtype: a.dtype, shape });
}

/** A tensor contraction in Einstein's notation; `shape` is the result's. */
export function einsum(
  g: GraphBuilder,
  equation: string,
  values: readonly Value[],
  shape: readonly Dim[],
): Value {
  const dtype = values[0]?.dtype ?? 'float32';
  return g.node('Einsum', values, { dtype, shape }, { equation });
}

export interface ConvOptions {
  /** @default 1 on every axis */
  readonly strides?: readonly number[];
  /** @default 1 on every axis */
  readonly dilations?: readonly number[];
  /** Zeros before and after each axis: `[before..., after...]`. @default none */
  readonly pads?: readonly number[];
  /** @default 1 */
  readonly groups?: number;
}

/**
 * Convolution of `[batch, channels, ...space]` with a kernel
 * `[out channels, channels / groups, ...kernel]`.
 */
export function conv(
  g: GraphBuilder,
  x: Value,
  kernel: Value,
  bias: Value | undefined,
  options: ConvOptions = {},
): Value {
  const sizes = kernel.shape.slice(2).map((_, i) => knownDim(kernel.shape, i + 2));
  const ones = sizes.map(() => 1);
  const strides = options.strides ?? ones;
  const dilations = options.dilations ?? ones;
  const pads = options.pads ?? [...sizes, ...sizes].map(() => 0);
  const groups = options.groups ?? 1;
  const space = sizes.map((size, i) => {
    const padding = (pads[i] ?? 0) + (pads[i + sizes.length] ?? 0);
    const span = (dilations[i] ?? 1) * (size - 1) + 1;
    return convolvedDim(dimAt(x.shape, i + 2), padding - span, strides[i] ?? 1);
  });
  const shape = [dimAt(x.shape, 0), dimAt(kernel.shape, 0), ...space];
  const attributes: Record<string, AttributeInput> = {
    kernel_shape: sizes,
    strides,
    dilations,
    pads,
    group: groups,
  };
  return g.node('Conv', [x, kernel, bias], { dtype: x.dtype, shape }, attributes);
}

function convolvedDim(dim: Dim, offset: number, stride: number): Dim {
  if (typeof dim === 'number') return Math.floor((dim + offset) / stride) + 1;
  if (stride === 1) return offsetDim(dim, offset + 1);
  return `(${dim}${offset < 0 ? '' : '+'}${offset})/${stride}+1`;
}
