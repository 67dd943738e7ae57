import { VoiceprintError } from '../../errors.js';
import type { NamedTensors } from '../../tensor.js';
import {
  type ArchitectureSystem,
  countKeys,
  type EncoderEntry,
  type RecognizedArchitecture,
} from '../system.js';
import { BEATS_CONFIG_KEYS } from './config.js';
import { beats } from './modules.js';

const UNILM = 'unilm beats BEATs.BEATs';
const ESPNET = 'espnet2.asr.encoder.beats_encoder.BeatsEncoder';
/** Of the public iter3 checkpoints; shapes cannot tell it, and the class's default is another. */
const PUBLISHED_MAX_DISTANCE = 800;
const DEFAULT_HEADS = 12;

const NOT_FOR_SPEAKERS =
  'BEATs was not trained to tell speakers apart: the embedding is the mean of its tokens, so measure it on trials of your own';

/**
 * Recognizes BEATs: unilm's `.pt`, whose `cfg` says everything, or ESPnet's whole model, whose keys
 * begin with `encoder.`; undefined where it is none.
 *
 * @param metadata - what the checkpoint holds beside the tensors.
 */
function recognize(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, unknown>> = {},
): RecognizedArchitecture | undefined {
  const prefix = tensors.has('encoder.patch_embedding.weight') ? 'encoder.' : '';
  const shape = (key: string) => tensors.get(prefix + key)?.shape;
  const patch = shape('patch_embedding.weight');
  const norm = shape('encoder.layer_norm.weight');
  if (patch?.length !== 4 || norm === undefined || shape('layer_norm.weight') === undefined) {
    return undefined;
  }
  const given = cfgOf(metadata);
  const read = given ?? readShapes(tensors, prefix, patch, norm[0] ?? 1);
  const layerWeights = shape('layer_weights')?.[0];
  const kernel = shape('downsample_conv.weight')?.[2];
  if (prefix === '' && layerWeights === undefined && kernel === undefined) {
    const notes = [...read.notes, NOT_FOR_SPEAKERS];
    return { architecture: 'beats', class: UNILM, config: read.config, notes };
  }
  const notes = [...read.notes, NOT_FOR_SPEAKERS];
  // ESPnet has no head; its configuration may say what it likes about one.
  const config: Record<string, unknown> = { beats_config: read.config };
  if (layerWeights === undefined) notes.push('max_layer assumed to be null: all layers');
  else Object.assign(config, { use_weighted_representation: true, max_layer: layerWeights - 1 });
  if (kernel !== undefined) config.downsampling_rate = rateOf(kernel);
  return { architecture: 'beats', class: ESPNET, config, notes };
}

type Read = Pick<RecognizedArchitecture, 'config' | 'notes'>;

/** The entries of `cfg` that mean something here. */
function cfgOf({ cfg }: Readonly<Record<string, unknown>>): Read | undefined {
  if (typeof cfg !== 'object' || cfg === null || Array.isArray(cfg)) return undefined;
  const entries = Object.entries(cfg);
  const unknown = entries.map(([key]) => key).filter((key) => !BEATS_CONFIG_KEYS.includes(key));
  const config = Object.fromEntries(entries.filter(([key]) => BEATS_CONFIG_KEYS.includes(key)));
  const notes =
    unknown.length === 0 ? [] : [`cfg of the checkpoint: ${unknown.join(', ')} ignored`];
  return { config, notes };
}

function readShapes(
  tensors: NamedTensors,
  prefix: string,
  patch: readonly number[],
  size: number,
): Read {
  const shape = (key: string) => tensors.get(prefix + key)?.shape;
  const first = 'encoder.layers.0';
  const layers = countKeys(tensors, `${prefix}encoder.layers.`, '.fc2.weight');
  const table = shape(`${first}.self_attn.relative_attention_bias.weight`);
  const gate = shape(`${first}.self_attn.grep_a`);
  const gated = shape(`${first}.fc1.linear.weight`) !== undefined;
  const [, perGroup = 1, taps = 1] =
    shape('encoder.pos_conv.0.weight_v') ??
    shape('encoder.pos_conv.0.parametrizations.weight.original1') ??
    [];
  const heads = table?.[1] ?? gate?.[1];
  const classes = prefix === '' ? shape('predictor.weight')?.[0] : undefined;
  // Published checkpoints have both or neither.
  const deepNorm = gate !== undefined && table !== undefined && !gated;
  const notes = [
    `deep_norm assumed to be ${deepNorm} and layer_norm_first false`,
    ...(table === undefined
      ? []
      : [`max_distance assumed to be ${PUBLISHED_MAX_DISTANCE}, as in the public checkpoints`]),
    ...(heads === undefined ? [`encoder_attention_heads assumed to be ${DEFAULT_HEADS}`] : []),
    ...(gated ? [] : ['activation_fn assumed to be gelu']),
  ];
  const config = {
    input_patch_size: patch[2] ?? 16,
    embed_dim: patch[0] ?? 1,
    conv_bias: shape('patch_embedding.bias') !== undefined,
    encoder_layers: layers,
    encoder_embed_dim: size,
    encoder_ffn_embed_dim: shape(`${first}.fc2.weight`)?.[1] ?? 1,
    encoder_attention_heads: heads ?? DEFAULT_HEADS,
    activation_fn: gated ? 'glu' : 'gelu',
    layer_norm_first: false,
    deep_norm: deepNorm,
    conv_pos: taps,
    conv_pos_groups: size / perGroup,
    relative_position_embedding: table !== undefined,
    ...(table === undefined
      ? {}
      : { num_buckets: table[0] ?? 1, max_distance: PUBLISHED_MAX_DISTANCE }),
    gru_rel_pos: gate !== undefined,
    finetuned_model: classes !== undefined,
    ...(classes === undefined ? {} : { predictor_class: classes }),
  };
  return { config, notes };
}

/** The downsampling rate whose kernel, Python's round(1.5 rate), has this size. */
function rateOf(kernel: number): number {
  // round(1.5 r) grows by one or two with each r, so that this undoes it.
  return Math.round(kernel / 1.5);
}

/**
 * BEATs gives tokens and no vector: the embedding is their mean, as is usual for encoders that were
 * not trained on speakers.
 */
const encoder = (upstream: string): EncoderEntry => ({
  name: 'beats',
  class: upstream,
  frontEnd: ({ fbank_mean, fbank_std }) => {
    if (fbank_mean !== undefined || fbank_std !== undefined) {
      throw new VoiceprintError(
        'model/unsupported',
        'fbank_mean and fbank_std are given: no front end here normalizes by others than those of BEATs; leave them out',
      );
    }
    return { recipe: 'kaldi', parameters: { num_mel_bins: 128, normalization: 'beats' } };
  },
  output: 'embedding',
});

/** BEATs as unilm and ESPnet have it. */
export const beatsSystem: ArchitectureSystem = {
  modules: beats,
  recognize,
  encoders: [encoder(UNILM), encoder(ESPNET)],
};
