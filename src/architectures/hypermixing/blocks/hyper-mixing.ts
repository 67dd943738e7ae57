import {
  add,
  cast,
  type GraphBuilder,
  gelu,
  layerNorm,
  matMul,
  multiply,
  reshape,
  sizeOf,
  transpose,
  unary,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { type HyperNetworkSizes, hyperNetwork } from './hyper-network.js';
import { toHeads } from './parallel-mlps.js';
import { sinusoidTable } from './positions.js';

export interface HyperMixingSizes extends HyperNetworkSizes {
  readonly width: Size;
  readonly maxLength: Size;
}

/** torch.nn.LayerNorm's default. */
const EPSILON = 1e-5;

/**
 * SpeechBrain's HyperMixing: tokens are mixed by a two-layer MLP whose weights are generated from
 * the tokens themselves, one row per token, so that time grows with the number of tokens and not
 * with its square. The generator sees positions, the mixed values do not.
 *
 * @param x - `[batch, tokens, width]`
 * @param ignored - tokens to leave out, bool or uint8 `[batch, tokens]`, true = ignored. Their
 *   values and their generated weights are 0 and their rows are not hidden: LayerNorm of zeros is
 *   its bias.
 */
export function hyperMixing(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  ignored: Value | undefined,
  sizes: HyperMixingSizes,
): Value {
  const { width, mlps: heads, inputSize } = sizes;
  const kept = ignored === undefined ? undefined : keptTokens(g, ignored);
  const input = kept === undefined ? x : multiply(g, x, kept);
  const placed = add(g, input, positions(g, weights, input, sizes));
  const tokens = toHeads(g, placed, heads.size, inputSize.size);
  const { w1, w2 } = hyperNetwork(g, weights, 'hyper.', tokens, sizes);

  // The first layer's weights need no mask: those of ignored tokens meet zeros.
  const values = transpose(g, toHeads(g, input, heads.size, inputSize.size), [0, 1, 3, 2]);
  const hidden = transpose(g, gelu(g, matMul(g, values, w1)), [0, 1, 3, 2]);
  const joined = fromHeads(g, matMul(g, w2, hidden), width.size);
  const mixed = kept === undefined ? joined : multiply(g, joined, kept);
  const scale = g.constant('norm.weight', weights.read('layer_norm.weight', [width]), [width.size]);
  const bias = g.constant('norm.bias', weights.read('layer_norm.bias', [width]), [width.size]);
  return layerNorm(g, mixed, scale, bias, EPSILON);
}

/** 1 for kept and 0 for ignored tokens, float32 `[batch, tokens, 1]`. */
function keptTokens(g: GraphBuilder, ignored: Value): Value {
  const flags = ignored.dtype === 'bool' ? ignored : cast(g, ignored, 'bool');
  return unsqueeze(g, cast(g, unary(g, 'Not', flags), 'float32'), -1);
}

/** The rows of the position table that the tokens need, `[1, tokens, width]`. */
function positions(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  { width, maxLength }: HyperMixingSizes,
): Value {
  const key = 'positional_encoding.pe';
  const values = weights.has(key)
    ? weights.read(key, [sized(1, 'the batch'), maxLength, width])
    : sinusoidTable(maxLength.size, width.size);
  const table = g.constant(key, values, [1, maxLength.size, width.size]);
  const shape = [1, x.shape[1] ?? 'tokens', width.size];
  const inputs = [table, g.integers([0]), sizeOf(g, x, 1), g.integers([1])];
  return g.node('Slice', inputs, { dtype: 'float32', shape });
}

/** `[batch, heads, tokens, features]` to `[batch, tokens, heads * features]`. */
function fromHeads(g: GraphBuilder, x: Value, width: number): Value {
  const [batch = 'batch', heads = 1, tokens = 'tokens'] = x.shape;
  const turned = heads === 1 ? x : transpose(g, x, [0, 2, 1, 3]);
  const sizes = heads === 1 ? [0, -1, width] : [0, 0, width];
  return reshape(g, turned, sizes, [batch, tokens, width]);
}
