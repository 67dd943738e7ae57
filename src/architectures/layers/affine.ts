import { add, type GraphBuilder, multiply, type Value } from '../../onnx/index.js';

/**
 * A value of which a scale and a shift per channel are still owed: the true value is
 * `scale * value + shift` along the last axis. BatchNorm ends up here, and whatever linear
 * operation comes next takes it into its own weights, in float64, so that it costs nothing at run
 * time. Reflect padding, means over time and concatenation pass it on unchanged.
 */
export interface Affine {
  readonly value: Value;
  /** undefined = 1 everywhere. */
  readonly scale?: Float64Array | undefined;
  /** undefined = 0 everywhere. */
  readonly shift?: Float64Array | undefined;
}

/** Pays the scale, not the shift. */
export function settleScale(g: GraphBuilder, x: Affine): Affine {
  if (x.scale === undefined) return x;
  const scale = g.constant('scale', x.scale, [x.scale.length]);
  return { value: multiply(g, x.value, scale), shift: x.shift };
}

/** The true value. */
export function settle(g: GraphBuilder, x: Affine): Value {
  const { value, shift } = settleScale(g, x);
  return shift === undefined ? value : add(g, value, g.constant('shift', shift, [shift.length]));
}

/** A sum; the shifts add up and stay owed. */
export function addAffine(g: GraphBuilder, a: Affine, b: Affine): Affine {
  const [x, y] = [settleScale(g, a), settleScale(g, b)];
  const shift = x.shift === undefined ? y.shift : x.shift.map((s, i) => s + (y.shift?.[i] ?? 0));
  return { value: add(g, x.value, y.value), shift };
}

/** Joins the owed scales or shifts of parts whose channels are joined. */
export function joinOwed(
  parts: readonly { readonly owed: Float64Array | undefined; readonly channels: number }[],
  neutral: number,
): Float64Array | undefined {
  if (parts.every(({ owed }) => owed === undefined)) return undefined;
  return Float64Array.from(
    parts.flatMap(({ owed, channels }) =>
      Array.from(owed ?? new Float64Array(channels).fill(neutral)),
    ),
  );
}
