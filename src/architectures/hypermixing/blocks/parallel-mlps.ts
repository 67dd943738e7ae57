import {
  add,
  type GraphBuilder,
  gelu,
  matMul,
  reshape,
  transpose,
  type Value,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

/** Sizes of one small network; `mlps` of them run side by side. */
export interface ParallelMlpsSizes {
  /** Number of networks; each sees its own slice of the features. */
  readonly mlps: Size;
  /** Features of one slice. */
  readonly inputSize: Size;
  readonly hiddenSize: Size;
  /** What each network gives per token. */
  readonly outputSize: Size;
}

/** A quotient of two options, told as such in errors. */
export function dividedSize(value: number, name: string, by: Size): Size {
  return by.size === 1 ? sized(value, name) : sized(value / by.size, `${name} / ${by.source}`);
}

/** The features of each network apart: `[batch, tokens, features]` to `[batch, mlps, tokens, features / mlps]`. */
export function toHeads(g: GraphBuilder, x: Value, heads: number, width: number): Value {
  const [batch = 'batch', tokens = 'tokens'] = x.shape;
  if (heads === 1) return reshape(g, x, [0, 1, -1, width], [batch, 1, tokens, width]);
  const apart = reshape(g, x, [0, 0, heads, width], [batch, tokens, heads, width]);
  return transpose(g, apart, [0, 2, 1, 3]);
}

/**
 * SpeechBrain's ParallelMLPs: linear, GELU (by the error function), linear, with weights of its own
 * for each network.
 *
 * @param x - `[batch, mlps, tokens, inputSize]`, see {@link toHeads}.
 * @returns `[batch, mlps, tokens, outputSize]`
 */
export function parallelMlps(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: ParallelMlpsSizes,
): Value {
  const { mlps, inputSize, hiddenSize, outputSize } = sizes;
  const layer = (name: string, input: Value, from: Size, to: Size) => {
    const matrix = weights.read(`${prefix}${name}_weights`, [mlps, to, from]);
    const bias = weights.read(`${prefix}${name}_biases`, [mlps, to]);
    const turned = transposeEach(matrix, mlps.size, to.size, from.size);
    const shape = [mlps.size, from.size, to.size];
    const product = matMul(g, input, g.weight(`${prefix}${name}.weight`, turned, shape, 2));
    return add(g, product, g.constant(`${prefix}${name}.bias`, bias, [mlps.size, 1, to.size]));
  };
  const hidden = gelu(g, layer('fc1', x, inputSize, hiddenSize));
  return layer('fc2', hidden, hiddenSize, outputSize);
}

/** `[count, rows, columns]` to `[count, columns, rows]`. */
function transposeEach(
  values: Float32Array,
  count: number,
  rows: number,
  columns: number,
): Float32Array {
  const turned = new Float32Array(values.length);
  let at = 0;
  for (let first = 0; first < count * rows * columns; first += rows * columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, at++) {
        turned[first + column * rows + row] = values[at] ?? 0;
      }
    }
  }
  return turned;
}
