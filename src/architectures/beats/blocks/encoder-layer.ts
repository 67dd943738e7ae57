import {
  add,
  type GraphBuilder,
  gelu,
  layerNorm,
  matMul,
  multiply,
  relu,
  sigmoid,
  split,
  tanh,
  type Value,
} from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import type { BeatsConfig } from '../config.js';
import {
  addBias,
  fromHeads,
  gateOf,
  hideKeys,
  readGate,
  scaledQuery,
  scoresOf,
  toHeads,
  weightsOf,
} from './attention.js';
import { project, readProjection } from './projection.js';

/** What all layers of one encoder share. */
export interface LayerContext {
  /** Relative position bias `[1, heads, tokens, tokens]`. */
  readonly bias: Value | undefined;
  /** bool `[batch, 1, 1, tokens]`; undefined where nothing is padding. */
  readonly hidden: Value | undefined;
}

const embedSize = (c: BeatsConfig): Size => sized(c.encoder_embed_dim, 'encoder_embed_dim');

/** Reads a LayerNorm and applies it to the last axis. */
export function normalize(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  size: Size,
): Value {
  const scale = g.constant(`${prefix}.weight`, weights.read(`${prefix}.weight`, [size]), [
    size.size,
  ]);
  const bias = g.constant(`${prefix}.bias`, weights.read(`${prefix}.bias`, [size]), [size.size]);
  return layerNorm(g, x, scale, bias);
}

function selfAttention(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  c: BeatsConfig,
  { bias, hidden }: LayerContext,
): Value {
  const size = embedSize(c);
  const heads = c.encoder_attention_heads;
  const width = size.size / heads;
  const layer = (name: string) => readProjection(weights, `${prefix}.${name}`, size, size);
  const gate = c.gru_rel_pos ? readGate(weights, `${prefix}.`, heads, width) : undefined;
  const inputs = [scaledQuery(layer('q_proj'), width), layer('k_proj'), layer('v_proj')];
  const projected = project(g, `${prefix}.qkv_proj`, x, ...inputs);
  const [query, key, value] = split(g, projected, 2, [size.size, size.size, size.size]).map(
    (part) => toHeads(g, part, heads, width),
  );
  if (query === undefined || key === undefined || value === undefined) {
    throw new RangeError('attention needs a query, a key and a value');
  }
  const scores = scoresOf(g, query, key);
  const seen = hidden === undefined ? scores : hideKeys(g, scores, hidden);
  const gated = bias === undefined || gate === undefined ? undefined : gateOf(g, query, gate);
  const attention = weightsOf(g, addBias(g, seen, bias, gated), hidden !== undefined);
  const context = fromHeads(g, matMul(g, attention, value), heads, width);
  return project(g, `${prefix}.out_proj`, context, layer('out_proj'));
}

const activations: Readonly<
  Record<Exclude<BeatsConfig['activation_fn'], 'glu'>, (g: GraphBuilder, x: Value) => Value>
> = {
  relu,
  tanh,
  linear: (_, x) => x,
  gelu: (g, x) => gelu(g, x),
  gelu_accurate: (g, x) => gelu(g, x, 'tanh'),
  // The old name of gelu_accurate.
  gelu_fast: (g, x) => gelu(g, x, 'tanh'),
};

function feedForward(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  c: BeatsConfig,
): Value {
  const size = embedSize(c);
  const inner = c.encoder_ffn_embed_dim;
  const innerSize = sized(inner, 'encoder_ffn_embed_dim');
  const second = readProjection(weights, `${prefix}.fc2`, innerSize, size);
  let hidden: Value;
  if (c.activation_fn === 'glu') {
    const both = sized(2 * inner, '2 * encoder_ffn_embed_dim');
    const first = readProjection(weights, `${prefix}.fc1.linear`, size, both);
    const [value, swish] = split(g, project(g, `${prefix}.fc1`, x, first), 2, [inner, inner]);
    if (value === undefined || swish === undefined) throw new RangeError('a GLU has two parts');
    hidden = multiply(g, value, multiply(g, swish, sigmoid(g, swish)));
  } else {
    const first = readProjection(weights, `${prefix}.fc1`, size, innerSize);
    hidden = activations[c.activation_fn](g, project(g, `${prefix}.fc1`, x, first));
  }
  return project(g, `${prefix}.fc2`, hidden, second);
}

/**
 * One transformer layer of `[batch, tokens, features]`: LayerNorm before each part
 * (`layer_norm_first`) or after it, there with DeepNorm's factor on the residual (Wang et al., 2022,
 * https://arxiv.org/abs/2203.00555) where asked for.
 */
export function encoderLayer(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  c: BeatsConfig,
  context: LayerContext,
): Value {
  const size = embedSize(c);
  const attend = (value: Value) =>
    selfAttention(g, weights, `${prefix}.self_attn`, value, c, context);
  const feed = (value: Value) => feedForward(g, weights, prefix, value, c);
  const attentionNorm = (value: Value) =>
    normalize(g, weights, `${prefix}.self_attn_layer_norm`, value, size);
  const finalNorm = (value: Value) =>
    normalize(g, weights, `${prefix}.final_layer_norm`, value, size);
  if (c.layer_norm_first) {
    const attended = add(g, x, attend(attentionNorm(x)));
    return add(g, attended, feed(finalNorm(attended)));
  }
  const residual = (value: Value) =>
    c.deep_norm ? multiply(g, value, g.scalar((2 * c.encoder_layers) ** 0.25)) : value;
  const attended = attentionNorm(add(g, residual(x), attend(x)));
  return finalNorm(add(g, residual(attended), feed(attended)));
}
