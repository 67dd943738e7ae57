import {
  add,
  conv,
  type GraphBuilder,
  gelu,
  transpose,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import { type StateDict, sized } from '../../state-dict.js';
import type { BeatsConfig } from '../config.js';
import { hiddenKeys } from './attention.js';
import { encoderLayer, normalize } from './encoder-layer.js';
import { biasByPosition, relativePositionBias } from './relative-positions.js';

/** Values on the way through the encoder, each `[batch, tokens, features]`. */
export interface Encoded {
  /** What the convolution over positions adds. */
  readonly positions: Value;
  /** Input of the first layer. */
  readonly input: Value;
  /** Output of each layer. */
  readonly layers: readonly Value[];
  /** Output of the last layer, normalised once more where LayerNorm comes first. */
  readonly output: Value;
}

/** The weight of a convolution under torch's `weight_norm(dim=2)`: one norm per kernel position. */
function positionKernel(weights: StateDict, prefix: string, c: BeatsConfig): () => Float32Array {
  const taps = sized(c.conv_pos, 'conv_pos');
  const one = sized(1, 'weight_norm');
  const outputs = sized(c.encoder_embed_dim, 'encoder_embed_dim');
  const perGroup = {
    size: c.encoder_embed_dim / c.conv_pos_groups,
    source: 'encoder_embed_dim / conv_pos_groups',
  };
  // torch 2 saves the same tensors as parametrizations.
  const newer = weights.has(`${prefix}.parametrizations.weight.original0`);
  const [gain, direction] = newer
    ? ['parametrizations.weight.original0', 'parametrizations.weight.original1']
    : ['weight_g', 'weight_v'];
  const gains = weights.read(`${prefix}.${gain}`, [one, one, taps]);
  const directions = weights.readLater(`${prefix}.${direction}`, [outputs, perGroup, taps]);
  return () => {
    const values = directions();
    const norms = new Float64Array(taps.size);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      norms[i % taps.size] = (norms[i % taps.size] ?? 0) + value * value;
    }
    const factors = norms.map((norm, tap) => (gains[tap] ?? 0) / Math.sqrt(norm));
    return values.map((value, i) => value * (factors[i % taps.size] ?? 0));
  };
}

/** A wide grouped convolution over the tokens, then GELU, which tells the layers where they are. */
function convolvedPositions(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  c: BeatsConfig,
): Value {
  const { encoder_embed_dim: size, conv_pos: taps, conv_pos_groups: groups } = c;
  const kernel = g.weight(
    `${prefix}.weight`,
    positionKernel(weights, prefix, c),
    [size, size / groups, taps],
    0,
  );
  const bias = weights.read(`${prefix}.bias`, [sized(size, 'encoder_embed_dim')]);
  const side = Math.floor(taps / 2);
  // Upstream pads both sides alike and drops the surplus last token of even kernels.
  const pads = [side, taps - 1 - side];
  const values = conv(
    g,
    transpose(g, x, [0, 2, 1]),
    kernel,
    g.constant(`${prefix}.bias`, bias, [size]),
    { pads, groups },
  );
  return transpose(g, gelu(g, values), [0, 2, 1]);
}

/**
 * BEATs' TransformerEncoder.
 *
 * @param x - tokens `[batch, tokens, features]`, zeros where they are padding.
 * @param padding - float32 `[batch, tokens]`, 1 where a token is padding.
 */
export function transformerEncoder(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  padding: Value | undefined,
  c: BeatsConfig,
): Encoded {
  const size = sized(c.encoder_embed_dim, 'encoder_embed_dim');
  const positions = convolvedPositions(g, weights, 'encoder.pos_conv.0', x, c);
  const placed = add(g, x, positions);
  const norm = (value: Value) => normalize(g, weights, 'encoder.layer_norm', value, size);
  const input = c.layer_norm_first ? placed : norm(placed);

  const table = c.relative_position_embedding ? readTable(weights, c) : undefined;
  const bias =
    table === undefined ? undefined : unsqueeze(g, relativePositionBias(g, table, input, input), 0);
  const hidden = padding === undefined ? undefined : hiddenKeys(g, padding);
  const layers: Value[] = [];
  let value = input;
  for (let i = 0; i < c.encoder_layers; i++) {
    value = encoderLayer(g, weights, `encoder.layers.${i}`, value, c, { bias, hidden });
    layers.push(value);
  }
  return { positions, input, layers, output: c.layer_norm_first ? norm(value) : value };
}

/**
 * All layers share one table of relative positions, which a checkpoint holds under the key of each:
 * torch loads them in order into the same place.
 */
function readTable(weights: StateDict, c: BeatsConfig) {
  const heads = c.encoder_attention_heads;
  const shape = [sized(c.num_buckets, 'num_buckets'), sized(heads, 'encoder_attention_heads')];
  const keyOf = (layer: number) =>
    `encoder.layers.${layer}.self_attn.relative_attention_bias.weight`;
  let table = weights.read(keyOf(0), shape);
  for (let i = 1; i < c.encoder_layers; i++) {
    if (weights.has(keyOf(i))) table = weights.read(keyOf(i), shape);
  }
  return biasByPosition(table, heads, { numBuckets: c.num_buckets, maxDistance: c.max_distance });
}
