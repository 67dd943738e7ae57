import {
  add,
  compare,
  dimAt,
  divide,
  type GraphBuilder,
  knownDim,
  mean,
  multiply,
  reshape,
  sigmoid,
  slice,
  subtract,
  sum,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import type { Attended } from '../../layers/residual/residual-block.js';

/** Keeps the weight of a constant channel finite. */
const ADDED_VARIANCE = 1e-4;

/**
 * SimAM (Yang et al., ICML 2021): every pixel of `[batch, channels, frequencies, frames]` weighted
 * by how far it lies from its channel's mean over the whole image. It has no weights. An image of
 * one pixel is undefined, since upstream divides 0 by 0 there.
 */
export function simam(g: GraphBuilder, x: Value): Attended {
  const offset = subtract(g, x, image(g, mean(g, pixels(g, x), 2)));
  const distance = multiply(g, offset, offset);
  const squares = pixels(g, distance);
  const others = subtract(g, pixelCount(g, squares), g.scalar(1));
  const variance = divide(g, sum(g, squares, 2), others);
  const denominator = multiply(g, add(g, variance, g.scalar(ADDED_VARIANCE)), g.scalar(4));
  const energy = add(g, divide(g, distance, image(g, denominator)), g.scalar(0.5));
  const value = multiply(g, x, sigmoid(g, energy));
  const frequencies = dimAt(x.shape, 2);
  if (typeof frequencies === 'number' && frequencies > 1) return { value };
  return { value, undefinedAt: image(g, compare(g, 'Equal', others, g.scalar(0))) };
}

/** `[batch, channels, frequencies * frames]` */
function pixels(g: GraphBuilder, x: Value): Value {
  const [batch = 'batch', , frequencies, frames] = x.shape;
  const channels = knownDim(x.shape, 1);
  const joined = `(${frequencies})*(${frames})`;
  return reshape(g, x, [0, channels, -1], [batch, channels, joined]);
}

/** `[batch, channels, 1]` as it broadcasts over frequencies and frames. */
const image = (g: GraphBuilder, x: Value): Value => unsqueeze(g, x, 3);

/**
 * How many pixels there are, `[batch, 1, 1]`: counted from the values, since shape arithmetic would
 * leave the GPU.
 */
function pixelCount(g: GraphBuilder, squares: Value): Value {
  const channels = knownDim(squares.shape, 1);
  const one = slice(g, squares, 1, 0, channels - 1);
  const ones = add(g, multiply(g, one, g.scalar(0)), g.scalar(1));
  return sum(g, ones, 2);
}
