import * as v from 'valibot';
import { POOLING_NAMES } from '../../layers/pooling/wespeaker-pooling.js';
import { sizeOption } from '../../options.js';

/** Block and number of blocks of WeSpeaker's functions. */
export const NETWORKS = {
  ResNet18: { block: 'BasicBlock', num_blocks: [2, 2, 2, 2] },
  ResNet34: { block: 'BasicBlock', num_blocks: [3, 4, 6, 3] },
  ResNet50: { block: 'Bottleneck', num_blocks: [3, 4, 6, 3] },
  ResNet101: { block: 'Bottleneck', num_blocks: [3, 4, 23, 3] },
  ResNet152: { block: 'Bottleneck', num_blocks: [3, 8, 36, 3] },
  ResNet221: { block: 'Bottleneck', num_blocks: [6, 16, 48, 3] },
  ResNet293: { block: 'Bottleneck', num_blocks: [10, 20, 64, 3] },
} as const;

/** Networks that pyannote has a model of. */
export const PYANNOTE_PRESETS = ['ResNet34', 'ResNet152', 'ResNet221', 'ResNet293'] as const;

const network = {
  block: v.picklist(['BasicBlock', 'Bottleneck']),
  num_blocks: v.pipe(v.array(sizeOption), v.length(4)),
  m_channels: v.optional(sizeOption, 32),
  feat_dim: v.optional(sizeOption, 40),
  embed_dim: v.optional(sizeOption, 128),
};
const wespeaker = {
  pooling_func: v.optional(v.picklist(POOLING_NAMES), 'TSTP'),
  two_emb_layer: v.optional(v.boolean(), false),
};

/** Constructor arguments of WeSpeaker's `ResNet`. */
export const wespeakerOptions = v.strictObject({ ...network, ...wespeaker });
type Parsed = v.InferOutput<typeof wespeakerOptions>;
export type ResnetOptions = Omit<Parsed, 'num_blocks'> & { readonly num_blocks: readonly number[] };

/** Arguments of `ResNet18` to `ResNet293`. */
export const wespeakerPresetOptions = v.strictObject({
  feat_dim: sizeOption,
  embed_dim: sizeOption,
  ...wespeaker,
});

/** Constructor arguments of pyannote's `ResNet`, whose default is two layers. */
export const pyannoteOptions = v.strictObject({
  ...network,
  pooling_func: v.optional(v.literal('TSTP'), 'TSTP'),
  two_emb_layer: v.optional(v.boolean(), true),
});

/** Constructor arguments of pyannote's models; those that only the features have are theirs. */
export const pyannotePresetOptions = v.strictObject({
  sample_rate: v.optional(v.literal(16000), 16000),
  num_channels: v.optional(v.literal(1), 1),
  num_mel_bins: v.optional(sizeOption, 80),
  frame_length: v.optional(v.number(), 25),
  frame_shift: v.optional(v.number(), 10),
  dither: v.optional(v.literal(0), 0),
  window_type: v.optional(v.string(), 'hamming'),
  use_energy: v.optional(v.literal(false), false),
  fbank_centering_span: v.nullish(v.null()),
  task: v.nullish(v.null()),
});
