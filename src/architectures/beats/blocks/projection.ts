import { add, dimAt, type GraphBuilder, matMul, type Value } from '../../../onnx/index.js';
import type { Size, StateDict } from '../../state-dict.js';

/** A linear layer, torch's `[to, from]` weight read when the graph is written. */
export interface Projection {
  readonly from: number;
  readonly to: number;
  readonly weight: () => Float32Array;
  /** undefined = none. */
  readonly bias: ArrayLike<number> | undefined;
  /** Multiplies what comes out. @default 1 */
  readonly scale?: number;
}

/** Reads `<prefix>.weight`, and `<prefix>.bias` where there is one. */
export function readProjection(
  weights: StateDict,
  prefix: string,
  from: Size,
  to: Size,
  options: { readonly bias: boolean } = { bias: true },
): Projection {
  return {
    from: from.size,
    to: to.size,
    weight: weights.readLater(`${prefix}.weight`, [to, from]),
    bias: options.bias ? weights.read(`${prefix}.bias`, [to]) : undefined,
  };
}

/**
 * Applies layers to the same input, their results side by side on the last axis. One product for
 * all: the larger the matrix, the better the kernels.
 */
export function project(
  g: GraphBuilder,
  hint: string,
  x: Value,
  ...layers: readonly Projection[]
): Value {
  const width = layers.reduce((sum, { to }) => sum + to, 0);
  const from = Number(dimAt(x.shape, -1));
  const matrix = g.weight(`${hint}.weight`, () => joinTransposed(layers, width), [from, width], 1);
  const product = matMul(g, x, matrix);
  if (layers.every(({ bias }) => bias === undefined)) return product;
  const biases = layers.flatMap(({ bias, to, scale = 1 }) =>
    Array.from({ length: to }, (_, i) => (bias?.[i] ?? 0) * scale),
  );
  return add(g, product, g.constant(`${hint}.bias`, biases, [width]));
}

/** The weights as `[from, width]`. */
function joinTransposed(layers: readonly Projection[], width: number): Float32Array {
  const joined = new Float32Array(width * (layers[0]?.from ?? 0));
  let first = 0;
  for (const { weight, from, to, scale = 1 } of layers) {
    const values = weight();
    let at = 0;
    for (let out = 0; out < to; out++) {
      for (let i = 0; i < from; i++, at++) {
        joined[i * width + first + out] = (values[at] ?? 0) * scale;
      }
    }
    first += to;
  }
  return joined;
}
