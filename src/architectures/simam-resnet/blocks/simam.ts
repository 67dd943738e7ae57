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
  where,
} from '../../../onnx/index.js';

/** Keeps the weight of a constant channel finite. */
const ADDED_VARIANCE = 1e-4;

/**
 * SimAM (Yang et al., ICML 2021): every pixel of `[batch, channels, frequencies, frames]` weighted
 * by how far it lies from its channel's mean over the whole image. It has no weights. Of an image
 * of one pixel it is NaN, as upstream's 0 / 0.
 */
export function simam(g: GraphBuilder, x: Value): Value {
  const offset = subtract(g, x, image(g, mean(g, pixels(g, x), 2)));
  const distance = multiply(g, offset, offset);
  const squares = pixels(g, distance);
  const others = subtract(g, pixelCount(g, squares), g.scalar(1));
  const variance = divide(g, sum(g, squares, 2), others);
  const single = compare(g, 'Equal', others, g.scalar(0));
  // Not every backend divides 0 by 0 into NaN.
  const defined = where(g, single, g.scalar(Number.NaN), variance);
  const denominator = multiply(g, add(g, defined, g.scalar(ADDED_VARIANCE)), g.scalar(4));
  const energy = add(g, divide(g, distance, image(g, denominator)), g.scalar(0.5));
  return multiply(g, x, sigmoid(g, energy));
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
 * leave the GPU. They are squares, so that nothing but an infinity is not 0 times 0.
 */
function pixelCount(g: GraphBuilder, squares: Value): Value {
  const channels = knownDim(squares.shape, 1);
  const one = slice(g, squares, 1, 0, channels - 1);
  const ones = add(g, multiply(g, one, g.scalar(0)), g.scalar(1));
  return reshape(g, sum(g, ones, 2), [0, 1, 1], [dimAt(squares.shape, 0), 1, 1]);
}
