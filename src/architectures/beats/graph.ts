import {
  add,
  cast,
  compare,
  conv,
  type Dim,
  divide,
  type GraphBuilder,
  matMul,
  mean,
  multiply,
  reshape,
  sigmoid,
  sizeOf,
  slice,
  squeeze,
  sum,
  transpose,
  type Value,
  where,
  withDim,
} from '../../onnx/index.js';
import type { GraphDescription, GraphRequest, InputShapes, Port } from '../module.js';
import { type StateDict, sized } from '../state-dict.js';
import { type Encoded, transformerEncoder } from './blocks/encoder.js';
import { normalize } from './blocks/encoder-layer.js';
import { coarsePadding, keptCount, keptTokens } from './blocks/padding.js';
import { project, readProjection } from './blocks/projection.js';
import { BEATS_BANDS, type BeatsConfig } from './config.js';

const FBANK = 'fbank';
const PADDING = 'frame_padding_mask';

/** Where an encoder's tokens are taken from, and what is done with them. */
export interface TokenOutput {
  /** The tokens before downsampling, `[batch, tokens, features]`. */
  readonly choose: (g: GraphBuilder, weights: StateDict, encoded: Encoded) => Value;
  /** A convolution over the tokens (ESPnet's `downsample_conv`). */
  readonly downsample?: { readonly kernel: number; readonly stride: number };
}

/** Tokens of one time step: patches cut the mel bands too. */
const tokensPerStep = (c: BeatsConfig) => Math.floor(BEATS_BANDS / c.input_patch_size);

/** What a BEATs graph takes and gives. */
export function describeBeats(
  c: BeatsConfig,
  downsample: TokenOutput['downsample'],
  own: readonly Port[],
): GraphDescription {
  const size = c.encoder_embed_dim;
  const tokens = (name: string, width: number): Port => ({
    name,
    dtype: 'float32',
    shape: ['batch', 'tokens', width],
  });
  const steps = Math.ceil((downsample?.kernel ?? 1) / tokensPerStep(c));
  return {
    inputs: [
      { name: FBANK, dtype: 'float32', shape: ['batch', 'frames', BEATS_BANDS] },
      { name: PADDING, dtype: 'uint8', shape: ['batch', 'mask_frames'], optional: true },
    ],
    outputs: [
      ...own,
      { name: 'embedding', dtype: 'float32', shape: ['batch', 1, size] },
      { name: 'padding_mask_tokens', dtype: 'uint8', shape: ['batch', 'tokens'] },
      tokens('patches', c.embed_dim),
      tokens('proj', size),
      tokens('pos_conv', size),
      tokens('enc_in', size),
      ...Array.from({ length: c.encoder_layers }, (_, i) => tokens(`layer${i}`, size)),
    ],
    minimumFrames: steps * c.input_patch_size,
    frameAxis: 1,
    embeddingSize: size,
    featureSize: BEATS_BANDS,
    refuse: (shapes) => refuse(c, shapes),
  };
}

function refuse(c: BeatsConfig, shapes: InputShapes): string | undefined {
  const frames = shapes[FBANK]?.[1] ?? 0;
  const masked = shapes[PADDING]?.[1];
  if (masked === undefined) return undefined;
  if (masked !== frames) return `${PADDING} has ${masked} frames, ${FBANK} has ${frames}`;
  const tokens = Math.floor(frames / c.input_patch_size) * tokensPerStep(c);
  if (tokens <= frames) return undefined;
  return `${frames} frames make ${tokens} tokens, and upstream's mask rule has no token without a frame: leave ${PADDING} out`;
}

/** What {@link buildTokens} found. */
export interface Tokens {
  /** Of the encoder, before downsampling: the last layer, or what was chosen instead. */
  readonly encoded: Encoded;
  /** `[batch, tokens, features]` */
  readonly tokens: Value;
  /** float32 `[batch, tokens]`, 1 where a token is padding; undefined where no mask was given. */
  readonly padding: Value | undefined;
}

/**
 * BEATs from features to tokens: patches, LayerNorm, projection, transformer. Offers all the
 * intermediate values and `embedding`, the mean of the tokens that are no padding: the usual way to
 * make one vector of a model that has none.
 */
export function buildTokens(
  g: GraphBuilder,
  weights: StateDict,
  request: GraphRequest,
  c: BeatsConfig,
  output: TokenOutput,
): Tokens {
  const fbank = g.input(FBANK, 'float32', ['batch', 'frames', BEATS_BANDS]);
  const mask = request.inputs.has(PADDING)
    ? cast(g, g.input(PADDING, 'uint8', ['batch', 'frames']), 'float32')
    : undefined;
  const embed = sized(c.embed_dim, 'embed_dim');
  const size = sized(c.encoder_embed_dim, 'encoder_embed_dim');
  const patches = embedPatches(g, weights, fbank, c);
  const normalized = normalize(g, weights, 'layer_norm', patches, embed);
  const projected =
    embed.size === size.size
      ? normalized
      : project(
          g,
          'post_extract_proj',
          normalized,
          readProjection(weights, 'post_extract_proj', embed, size),
        );
  const padding = mask === undefined ? undefined : coarsePadding(g, mask, patches);
  const encoded = transformerEncoder(
    g,
    weights,
    padding === undefined ? projected : silence(g, projected, padding),
    padding,
    c,
  );
  g.output('patches', patches);
  g.output('proj', projected);
  g.output('pos_conv', encoded.positions);
  g.output('enc_in', encoded.input);
  for (const [i, layer] of encoded.layers.entries()) g.output(`layer${i}`, layer);
  const chosen = output.choose(g, weights, encoded);
  const { downsample } = output;
  const tokens = downsample === undefined ? chosen : downsampled(g, weights, chosen, downsample, c);
  const last =
    padding === undefined || downsample === undefined ? padding : coarsePadding(g, padding, tokens);
  if (padding !== undefined) g.output('padding_mask_tokens', cast(g, padding, 'uint8'));
  g.output('embedding', meanOfTokens(g, tokens, last));
  return { encoded, tokens, padding: last };
}

/**
 * Square patches of time and frequency, one token each: token = step * tokens per step + band. A
 * matrix product, since onnxruntime's WebGPU provider fails at upstream's Conv2d (1.30.0).
 */
function embedPatches(g: GraphBuilder, weights: StateDict, fbank: Value, c: BeatsConfig): Value {
  const side = c.input_patch_size;
  const bands = tokensPerStep(c);
  const area = side * side;
  const whole = wholeSteps(g, slice(g, fbank, 2, 0, BEATS_BANDS - bands * side), side);
  const parts = [0, -1, side, bands, side];
  const cut = reshape(g, whole, parts, ['batch', 'steps', side, bands, side]);
  const together = transpose(g, cut, [0, 1, 3, 2, 4]);
  const flat = reshape(g, together, [0, -1, area], ['batch', 'tokens', area]);
  const edge = sized(side, 'input_patch_size');
  const embed = sized(c.embed_dim, 'embed_dim');
  const shape = [embed, sized(1, 'channels of the features'), edge, edge];
  const weight = weights.readLater('patch_embedding.weight', shape);
  const bias = c.conv_bias ? weights.read('patch_embedding.bias', [embed]) : undefined;
  return project(g, 'patch_embedding', flat, { from: area, to: embed.size, weight, bias });
}

/** The frames of whole patches; the rest is dropped, as a convolution without padding does. */
function wholeSteps(g: GraphBuilder, x: Value, side: number): Value {
  if (side === 1) return x;
  const vector = { dtype: 'int64', shape: [1] } as const;
  const size = g.integers([side]);
  const steps = g.node('Div', [sizeOf(g, x, 1), size], vector);
  const end = g.node('Mul', [steps, size], vector);
  const inputs = [x, g.integers([0]), end, g.integers([1])];
  return g.node('Slice', inputs, { dtype: x.dtype, shape: withDim(x.shape, 1, 'whole_frames') });
}

/** Zeros in the tokens of padding. */
function silence(g: GraphBuilder, x: Value, padding: Value): Value {
  const [batch = 'batch', tokens = 'tokens'] = x.shape;
  const column = reshape(g, padding, [0, -1, 1], [batch, tokens, 1]);
  return where(g, compare(g, 'Greater', column, g.scalar(0.5)), g.scalar(0), x);
}

/** ESPnet's `downsample_conv` over the tokens. */
function downsampled(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  { kernel, stride }: NonNullable<TokenOutput['downsample']>,
  c: BeatsConfig,
): Value {
  const size = sized(c.encoder_embed_dim, 'encoder_embed_dim');
  const taps = sized(kernel, 'round(1.5 * downsampling_rate)');
  const values = weights.readLater('downsample_conv.weight', [size, size, taps]);
  const weight = g.weight('downsample_conv.weight', values, [size.size, size.size, kernel], 0);
  const bias = g.constant('downsample_conv.bias', weights.read('downsample_conv.bias', [size]), [
    size.size,
  ]);
  const maps = conv(g, transpose(g, x, [0, 2, 1]), weight, bias, { strides: [stride] });
  return transpose(g, { ...maps, shape: ['batch', size.size, 'steps'] }, [0, 2, 1]);
}

/** Mean over the tokens that are no padding, `[batch, 1, features]`; NaN where there is none. */
function meanOfTokens(g: GraphBuilder, x: Value, padding: Value | undefined): Value {
  if (padding === undefined) return mean(g, x, 1);
  const [batch = 'batch', tokens = 'tokens'] = x.shape;
  const kept = keptTokens(g, padding);
  // Chosen, not multiplied: padding may be NaN where a whole utterance is padding.
  const share = divide(g, kept, sum(g, kept, 1));
  const row = reshape(g, share, [0, 1, -1], [batch, 1, tokens]);
  return matMul(g, row, silence(g, x, padding));
}

/**
 * unilm's fine-tuned head: class probabilities `[batch, classes]`, the sigmoid of the mean logits.
 */
export function predictClasses(
  g: GraphBuilder,
  weights: StateDict,
  { tokens, padding }: Tokens,
  c: BeatsConfig,
): Value {
  const size = sized(c.encoder_embed_dim, 'encoder_embed_dim');
  const classes = sized(c.predictor_class, 'predictor_class');
  const logits = project(
    g,
    'predictor',
    tokens,
    readProjection(weights, 'predictor', size, classes),
  );
  return sigmoid(g, squeeze(g, meanOfTokens(g, logits, padding), 1));
}

/** Tokens of each utterance that are no padding, int64 `[batch]`. */
export function tokenCounts(g: GraphBuilder, { tokens, padding }: Tokens): Value {
  if (padding !== undefined) return keptCount(g, keptTokens(g, padding));
  const shape = g.node(
    'Concat',
    [sizeOf(g, tokens, 0), sizeOf(g, tokens, 1)],
    { dtype: 'int64', shape: [2] },
    { axis: 0 },
  );
  const type: { dtype: 'float32'; shape: Dim[] } = { dtype: 'float32', shape: ['batch', 'tokens'] };
  return keptCount(g, keptTokens(g, g.node('ConstantOfShape', [shape], type)));
}

/** A softmax-weighted sum of values of one shape, with weights that are known beforehand. */
export function weightedSum(
  g: GraphBuilder,
  values: readonly Value[],
  scores: Float32Array,
): Value {
  const largest = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - largest));
  const total = powers.reduce((all, power) => all + power, 0);
  const terms = values.map((value, i) => multiply(g, value, g.scalar((powers[i] ?? 0) / total)));
  return terms.reduce((all, term) => add(g, all, term));
}
