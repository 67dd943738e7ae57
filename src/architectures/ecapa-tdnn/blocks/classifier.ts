import {
  add,
  clip,
  divide,
  type GraphBuilder,
  matMul,
  reduce,
  squareRoot,
  type Value,
} from '../../../onnx/index.js';
import { type Normalization, readBatchNorm } from '../../layers/batch-norm.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface ClassifierSizes {
  readonly inputSize: Size;
  readonly linBlocks: number;
  readonly linNeurons: Size;
  readonly outNeurons: Size;
}

/** torch.nn.functional.normalize's default. */
const SMALLEST_NORM = 1e-12;

/**
 * SpeechBrain's Classifier for AAM-softmax: cosines between the embedding, after optional
 * BatchNorm and linear layers, and one weight vector per speaker. Margin and scale belong to the
 * loss. Takes and gives `[batch, 1, values]`.
 */
export function classifier(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  sizes: ClassifierSizes,
): Value {
  let value = x;
  let inputSize = sizes.inputSize;
  for (let block = 0; block < sizes.linBlocks; block++) {
    const norm = readBatchNorm(weights, `blocks.${2 * block}.norm`, inputSize);
    const prefix = `blocks.${2 * block + 1}.w`;
    value = linear(g, weights, prefix, value, inputSize, sizes.linNeurons, norm);
    inputSize = sized(sizes.linNeurons.size, sizes.linNeurons.source);
  }
  const rows = weights.read('weight', [sizes.outNeurons, inputSize]);
  const directions = g.weight(
    'weight',
    normalizedColumns(rows, inputSize.size),
    [inputSize.size, sizes.outNeurons.size],
    1,
  );
  const norm = squareRoot(g, reduce(g, 'ReduceSumSquare', value, 2));
  return matMul(g, divide(g, value, clip(g, norm, { low: SMALLEST_NORM })), directions);
}

function linear(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  from: Size,
  to: Size,
  norm: Normalization,
): Value {
  const weight = weights.read(`${prefix}.weight`, [to, from]);
  const bias = Float64Array.from(weights.read(`${prefix}.bias`, [to]));
  const matrix = new Float64Array(weight.length);
  for (let out = 0; out < to.size; out++) {
    for (let i = 0; i < from.size; i++) {
      const value = weight[out * from.size + i] ?? 0;
      matrix[i * to.size + out] = value * (norm.scale[i] ?? 1);
      bias[out] = (bias[out] ?? 0) + value * (norm.shift[i] ?? 0);
    }
  }
  const product = matMul(g, x, g.weight(`${prefix}.weight`, matrix, [from.size, to.size], 1));
  return add(g, product, g.constant(`${prefix}.bias`, bias, [to.size]));
}

/** Rows `[count, size]` divided by their norms, as the columns of `[size, count]`. */
function normalizedColumns(rows: Float32Array, size: number): Float64Array {
  const count = rows.length / size;
  const columns = new Float64Array(rows.length);
  for (let row = 0; row < count; row++) {
    const values = rows.subarray(row * size, (row + 1) * size);
    const norm = Math.sqrt(values.reduce((total, value) => total + value * value, 0));
    for (const [i, value] of values.entries()) {
      columns[i * count + row] = value / Math.max(norm, SMALLEST_NORM);
    }
  }
  return columns;
}
