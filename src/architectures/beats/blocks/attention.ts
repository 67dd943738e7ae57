import {
  add,
  compare,
  type GraphBuilder,
  matMul,
  maximum,
  multiply,
  reshape,
  sigmoid,
  softmax,
  split,
  subtract,
  transpose,
  type Value,
  where,
} from '../../../onnx/index.js';
import { type StateDict, sized } from '../../state-dict.js';
import type { Projection } from './projection.js';

/** `[batch, tokens, heads * width]` to `[batch, heads, tokens, width]`. */
export function toHeads(g: GraphBuilder, x: Value, heads: number, width: number): Value {
  const [batch = 'batch', tokens = 'tokens'] = x.shape;
  const apart = reshape(g, x, [0, 0, heads, width], [batch, tokens, heads, width]);
  return transpose(g, apart, [0, 2, 1, 3]);
}

/** `[batch, heads, tokens, width]` to `[batch, tokens, heads * width]`. */
export function fromHeads(g: GraphBuilder, x: Value, heads: number, width: number): Value {
  const [batch = 'batch', , tokens = 'tokens'] = x.shape;
  const together = transpose(g, x, [0, 2, 1, 3]);
  return reshape(g, together, [0, 0, heads * width], [batch, tokens, heads * width]);
}

/**
 * The query's layer with 1 / sqrt(head width) in its weights. Upstream also divides by 32, takes
 * the largest score off and multiplies by 32, which changes half-precision numbers only: powers of
 * two are exact, and softmax takes the largest score off by itself.
 */
export function scaledQuery(query: Projection, width: number): Projection {
  return { ...query, scale: width ** -0.5 };
}

/** Weights of the gate on the relative position bias (`gru_rel_pos`). */
export interface Gate {
  /** `[width, 2]` and `[2]`, for the scaled query. */
  readonly matrix: Float64Array;
  readonly bias: Float64Array;
  /** One for each head. */
  readonly factor: Float32Array;
}

/** Outputs of `grep_linear` that are summed into one gate. */
const GATE_PARTS = 4;

/**
 * Reads `grep_linear` and `grep_a`. Upstream sums the eight outputs in two halves before the
 * sigmoid, so the sums are taken over the weights, here, in float64.
 */
export function readGate(weights: StateDict, prefix: string, heads: number, width: number): Gate {
  const outputs = sized(2 * GATE_PARTS, 'the gate');
  const weight = weights.read(`${prefix}grep_linear.weight`, [outputs, sized(width, 'head width')]);
  const linear = weights.read(`${prefix}grep_linear.bias`, [outputs]);
  const one = sized(1, 'the gate');
  const factor = weights.read(`${prefix}grep_a`, [one, sized(heads, 'heads'), one, one]);
  const matrix = new Float64Array(2 * width);
  const bias = new Float64Array(2);
  for (let output = 0; output < 2 * GATE_PARTS; output++) {
    const half = Math.floor(output / GATE_PARTS);
    bias[half] = (bias[half] ?? 0) + (linear[output] ?? 0);
    for (let i = 0; i < width; i++) {
      // The gate sees the query before its scaling.
      const value = (weight[output * width + i] ?? 0) * Math.sqrt(width);
      matrix[2 * i + half] = (matrix[2 * i + half] ?? 0) + value;
    }
  }
  return { matrix, bias, factor };
}

/**
 * What the bias row of each query is multiplied by: a (b grep_a - 1) + 2, a and b being sigmoids.
 *
 * @param query - scaled, `[batch, heads, queries, width]`.
 * @returns `[batch, heads, queries, 1]`
 */
export function gateOf(g: GraphBuilder, query: Value, gate: Gate): Value {
  const { matrix, bias, factor } = gate;
  const layer = g.constant('grep_linear.weight', matrix, [matrix.length / 2, 2]);
  const sums = add(g, matMul(g, query, layer), g.constant('grep_linear.bias', bias, [2]));
  const [a, b] = split(g, sigmoid(g, sums), 3, [1, 1]);
  if (a === undefined || b === undefined) throw new RangeError('a gate has two parts');
  const factors = g.constant('grep_a', factor, [1, factor.length, 1, 1]);
  const inner = subtract(g, multiply(g, b, factors), g.scalar(1));
  return add(g, multiply(g, a, inner), g.scalar(2));
}

/** Scores of `[batch, heads, queries, width]` against `[batch, heads, keys, width]`. */
export function scoresOf(g: GraphBuilder, query: Value, key: Value): Value {
  return matMul(g, query, transpose(g, key, [0, 1, 3, 2]));
}

/** Scores plus the gated bias; both may be missing. */
export function addBias(
  g: GraphBuilder,
  scores: Value,
  bias: Value | undefined,
  gate: Value | undefined,
): Value {
  if (bias === undefined) return scores;
  return add(g, scores, gate === undefined ? bias : multiply(g, gate, bias));
}

/**
 * Scores of hidden keys become -Infinity.
 *
 * @param hidden - bool `[batch, 1, 1, keys]`.
 */
export function hideKeys(g: GraphBuilder, scores: Value, hidden: Value): Value {
  return where(g, hidden, g.scalar(Number.NEGATIVE_INFINITY), scores);
}

/**
 * Which keys are padding.
 * @param padding - float32 `[batch, keys]`, 1 where the key is padding.
 * @returns bool `[batch, 1, 1, keys]`
 */
export function hiddenKeys(g: GraphBuilder, padding: Value): Value {
  const [batch = 'batch', keys = 'keys'] = padding.shape;
  const row = reshape(g, padding, [0, 1, 1, -1], [batch, 1, 1, keys]);
  return compare(g, 'Greater', row, g.scalar(0.5));
}

/** Below every finite score. */
const HIDDEN_SCORE = -3e38;

/**
 * Attention weights over the keys.
 *
 * @param masked - whether keys may be hidden. A query that may look at none has NaN upstream; the
 *   GPU need not keep to that by itself, and made-up numbers would pass for an answer.
 */
export function weightsOf(g: GraphBuilder, scores: Value, masked: boolean): Value {
  const weights = softmax(g, scores, 3);
  if (!masked) return weights;
  const blind = compare(g, 'Less', maximum(g, scores, 3), g.scalar(HIDDEN_SCORE));
  return where(g, blind, g.scalar(Number.NaN), weights);
}
