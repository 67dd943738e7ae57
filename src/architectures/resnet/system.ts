import type { NamedTensors } from '../../tensor.js';
import { type PoolingName, pooledPerChannel } from '../layers/pooling/wespeaker-pooling.js';
import { type BlockName, EXPANSION } from '../layers/residual/residual-block.js';
import { HALVED } from '../layers/residual/residual-network.js';
import {
  type ArchitectureSystem,
  countKeys,
  type EncoderEntry,
  type RecognizedArchitecture,
} from '../system.js';
import { NETWORKS, PYANNOTE_PRESETS } from './blocks/options.js';
import {
  pyannotePreset,
  RESNET_PYANNOTE,
  RESNET_WESPEAKER,
  resnet,
  wespeakerPreset,
} from './graph.js';

/** Where pyannote's models hold the network. */
const HELD = 'resnet.';

/**
 * Recognizes ResNet by the plain convolutions of its blocks and by `seg_1` behind the pooling;
 * pyannote's by the prefix in front of all that.
 */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const held = tensors.has(`${HELD}conv1.weight`);
  const prefix = held ? HELD : '';
  const shapeOf = (key: string) => tensors.get(prefix + key)?.shape ?? [];
  const [channels] = shapeOf('conv1.weight');
  const [embedding, pooled] = shapeOf('seg_1.weight');
  if (
    channels === undefined ||
    embedding === undefined ||
    pooled === undefined ||
    // Res2Net's relatives have several convolutions there, `convs.0` and on.
    shapeOf('layer1.0.conv2.weight').length === 0
  ) {
    return undefined;
  }
  const block: BlockName =
    shapeOf('layer1.0.conv3.weight').length > 0 ? 'Bottleneck' : 'BasicBlock';
  const perBand = (channels * 2 ** 3 * EXPANSION[block]) / HALVED;
  const pooling = poolingOf(tensors, prefix);
  const twice = shapeOf('seg_2.weight').length > 0;
  const config = {
    block,
    num_blocks: [1, 2, 3, 4].map((layer) =>
      countKeys(tensors, `${prefix}layer${layer}.`, '.conv1.weight'),
    ),
    m_channels: channels,
    feat_dim: pooled / pooledPerChannel(pooling) / perBand,
    embed_dim: embedding,
    pooling_func: pooling,
    two_emb_layer: twice,
  };
  if (held) return pyannoteModel(config);
  const notes = [
    "WeSpeaker's features and pooling assumed: 3D-Speaker's ResNet has the same keys and shapes",
  ];
  if (pooling === 'TSTP') {
    notes.push(
      `pooling_func assumed to be TSTP over ${config.feat_dim} bands: TAP or TSDP over ${2 * config.feat_dim} has the same shapes`,
    );
  }
  return { architecture: 'resnet', class: RESNET_WESPEAKER, config, notes };
}

function poolingOf(tensors: NamedTensors, prefix: string): PoolingName {
  if (tensors.has(`${prefix}pool.linear1.weight`)) return 'ASTP';
  if (tensors.has(`${prefix}pool.heads_att_trans.0.att_0.weight`)) return 'MHASTP';
  if (tensors.has(`${prefix}pool.n_query.0.heads_att_trans.0.att_0.weight`)) return 'MQMHASTP';
  return 'TSTP';
}

/** The published models are named; the class below them has every other size. */
function pyannoteModel(config: {
  readonly block: BlockName;
  readonly num_blocks: readonly number[];
  readonly m_channels: number;
  readonly feat_dim: number;
  readonly embed_dim: number;
  readonly two_emb_layer: boolean;
}): RecognizedArchitecture {
  const name = PYANNOTE_PRESETS.find((each) => {
    const { block, num_blocks } = NETWORKS[each];
    return block === config.block && num_blocks.every((count, i) => count === config.num_blocks[i]);
  });
  const published = config.m_channels === 32 && config.embed_dim === 256 && !config.two_emb_layer;
  const found = {
    architecture: 'resnet-pyannote',
    notes: ["pyannote's default features assumed: Kaldi's fbank, 25 ms in steps of 10 ms, Hamming"],
  };
  if (name === undefined || !published) {
    return { ...found, class: RESNET_PYANNOTE, config: { ...config } };
  }
  return { ...found, class: pyannotePreset(name), config: { num_mel_bins: config.feat_dim } };
}

const features = (parameters: Readonly<Record<string, unknown>>) => ({
  recipe: 'kaldi' as const,
  parameters: { window_type: 'hamming', normalization: 'mean', ...parameters },
});

const wespeaker: readonly EncoderEntry[] = [
  { cls: RESNET_WESPEAKER, bands: 40 },
  ...Object.keys(NETWORKS).map((name) => ({ cls: wespeakerPreset(name), bands: 80 })),
].map(({ cls, bands }) => ({
  name: 'resnet',
  class: cls,
  frontEnd: ({ feat_dim = bands }) => features({ num_mel_bins: feat_dim }),
}));

const pyannote: readonly EncoderEntry[] = PYANNOTE_PRESETS.map((name) => ({
  name: 'resnet-pyannote',
  class: pyannotePreset(name),
  frontEnd: ({ num_mel_bins = 80, frame_length = 25, frame_shift = 10, window_type = 'hamming' }) =>
    features({ num_mel_bins, frame_length, frame_shift, window_type }),
}));

/** ResNet as WeSpeaker and pyannote have it. */
export const resnetSystem: ArchitectureSystem = {
  modules: resnet,
  recognize,
  encoders: [
    ...wespeaker,
    ...pyannote,
    {
      name: 'resnet-pyannote',
      class: RESNET_PYANNOTE,
      frontEnd: ({ feat_dim = 40 }) => features({ num_mel_bins: feat_dim }),
    },
  ],
};
