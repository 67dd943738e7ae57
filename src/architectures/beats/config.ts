import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { dropoutOption, parseOptions, requireMultiple, sizeOption } from '../options.js';
import { requireBuckets } from './blocks/relative-positions.js';

/** Mel bands of the features; fixed in upstream's `preprocess`. */
export const BEATS_BANDS = 128;

const flag = v.optional(v.boolean(), false);
const size = (standard: number) => v.optional(sizeOption, standard);
const dropout = (standard: number) => v.optional(dropoutOption, standard);

const entries = {
  embed_dim: size(512),
  conv_bias: flag,
  encoder_layers: size(12),
  encoder_embed_dim: size(768),
  encoder_ffn_embed_dim: size(3072),
  encoder_attention_heads: size(12),
  activation_fn: v.optional(
    v.picklist(['gelu', 'relu', 'gelu_fast', 'gelu_accurate', 'tanh', 'linear', 'glu']),
    'gelu',
  ),
  layer_wise_gradient_decay_ratio: v.optional(v.number(), 1),
  layer_norm_first: flag,
  deep_norm: flag,
  dropout: dropout(0.1),
  attention_dropout: dropout(0.1),
  activation_dropout: dropout(0),
  encoder_layerdrop: dropout(0),
  dropout_input: dropout(0),
  conv_pos: size(128),
  conv_pos_groups: size(16),
  relative_position_embedding: flag,
  num_buckets: size(320),
  max_distance: size(1280),
  gru_rel_pos: flag,
  finetuned_model: flag,
  predictor_dropout: dropout(0.1),
  predictor_class: size(527),
};

/** What ESPnet's BeatsConfig adds: of pre-training, and inert here. */
const espnetEntries = {
  decoder_embed_dim: size(768),
  decoder_pos_trainable: flag,
  decoder_attention_heads: size(12),
  decoder_mlp_ratio: v.optional(v.number(), 4),
  decoder_layers: size(2),
  codebook_vocab_size: size(1024),
  mask_ratio: v.optional(v.number(), 0.75),
  use_flash_attn: v.optional(v.literal(false), false),
};

const unilmConfig = v.strictObject({
  // The class's own default is -1, which no convolution takes.
  input_patch_size: sizeOption,
  ...entries,
});

const espnetConfig = v.strictObject({ input_patch_size: size(16), ...entries, ...espnetEntries });

/** BEATs' configuration with the class's defaults. */
export type BeatsConfig = v.InferOutput<typeof unilmConfig>;

/** Names that a checkpoint's `cfg` may hold and that mean something here. */
export const BEATS_CONFIG_KEYS: readonly string[] = Object.keys(unilmConfig.entries);

/**
 * @throws VoiceprintError `graph/invalid`, where upstream's constructors raise too.
 */
export function parseBeatsConfig(
  cls: string,
  config: Readonly<Record<string, unknown>>,
  upstream: 'unilm' | 'espnet',
): BeatsConfig {
  const parsed =
    upstream === 'unilm'
      ? parseOptions(cls, unilmConfig, config)
      : parseOptions(cls, espnetConfig, config);
  check(cls, parsed);
  return parsed;
}

function check(cls: string, c: BeatsConfig): void {
  const multiple = (name: 'encoder_attention_heads' | 'conv_pos_groups') =>
    requireMultiple(cls, 'encoder_embed_dim', c.encoder_embed_dim, name, c[name]);
  multiple('encoder_attention_heads');
  multiple('conv_pos_groups');
  if (c.deep_norm && c.layer_norm_first) {
    const message = `${cls}: deep_norm and layer_norm_first exclude each other: set one of them to false`;
    throw new VoiceprintError('graph/invalid', message);
  }
  if (c.deep_norm && c.activation_fn === 'glu') {
    // Upstream initialises fc1.weight, which a gated layer has not.
    const message = `${cls}: deep_norm does not go with activation_fn "glu": choose another activation`;
    throw new VoiceprintError('graph/invalid', message);
  }
  if (c.input_patch_size > BEATS_BANDS) {
    const message = `${cls}: input_patch_size is ${c.input_patch_size}, and there are ${BEATS_BANDS} mel bands: give no more`;
    throw new VoiceprintError('graph/invalid', message);
  }
  if (c.relative_position_embedding) {
    requireBuckets(cls, { numBuckets: c.num_buckets, maxDistance: c.max_distance });
  }
}
