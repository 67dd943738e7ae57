import type { FrontEndSpec } from '../../features/index.js';
import type { NamedTensors } from '../../tensor.js';
import { type ArchitectureSystem, countKeys, type RecognizedArchitecture } from '../system.js';
import { CLASSES, eres2net, WIDTHS } from './graph.js';
import { HALVED_FEATURES } from './network.js';

const LIMIT = 'ReLUs within blocks assumed to end at 20, which no tensor says';

const HUB =
  "WeSpeaker's own features assumed: the model of its hub takes 3D-Speaker's (samples in ±1, povey window)";

/** What shapes tell of any of the networks; undefined where a tensor is missing. */
function measure(tensors: NamedTensors) {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const channels = sizeOf('conv1.weight', 0);
  const expanded = sizeOf('layer4.0.conv3.weight', 0);
  const inner = sizeOf('layer4.0.conv3.weight', 1);
  const width = sizeOf('layer4.0.convs.0.weight', 0);
  const embedding = sizeOf('seg_1.weight', 0);
  const pooled = sizeOf('seg_1.weight', 1);
  if (
    channels === undefined ||
    expanded === undefined ||
    inner === undefined ||
    width === undefined ||
    embedding === undefined ||
    pooled === undefined ||
    !tensors.has('layer3.0.fuse_models.0.local_att.0.weight')
  ) {
    return undefined;
  }
  const planes = 8 * channels;
  return {
    num_blocks: [1, 2, 3, 4].map((i) => countKeys(tensors, `layer${i}.`, '.conv1.weight')),
    m_channels: channels,
    two_emb_layer: tensors.has('seg_2.weight'),
    widths: {
      baseWidth: Math.ceil((64 * width) / planes),
      scale: inner / width,
      expansion: expanded / planes,
    },
    embedding,
    bandsPerPooled: (perChannel: number) => (HALVED_FEATURES * pooled) / expanded / perChannel,
  };
}

/**
 * Which pooling a file has, and with it how many bands: mean and deviation of n bands have the shape
 * of the mean alone of 2 n.
 */
function poolingOf(
  tensors: NamedTensors,
  bandsPerPooled: (perChannel: number) => number,
): { readonly pooling_func: string; readonly feat_dim: number; readonly notes: string[] } {
  const named = (pooling_func: string, perChannel: number) => ({
    pooling_func,
    feat_dim: bandsPerPooled(perChannel),
    notes: [],
  });
  if (tensors.has('pool.linear1.weight')) return named('ASTP', 2);
  if (tensors.has('pool.heads_att_trans.0.att_0.weight')) return named('MHASTP', 2);
  if (tensors.has('pool.n_query.0.heads_att_trans.0.att_0.weight')) return named('MQMHASTP', 4);
  const bands = bandsPerPooled(2);
  if (bands % HALVED_FEATURES !== 0) {
    return { ...named('TAP', 1), notes: ['pooling_func assumed to be TAP, by its width'] };
  }
  const note = `pooling_func assumed to be TSTP of ${bands} bands: TAP of ${2 * bands} has the same shapes`;
  return { ...named('TSTP', 2), notes: [note] };
}

/**
 * Recognizes ERes2Net of 3D-Speaker and of WeSpeaker, whose fusing blocks keep the convolution of
 * their first split under a key of its own, and ERes2NetV2, which fuses the last two layers only.
 */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const v2 = tensors.has('layer3_ds.weight') && tensors.has('fuse34.local_att.0.weight');
  if (!v2 && !tensors.has('fuse_mode1234.local_att.0.weight')) return undefined;
  const found = measure(tensors);
  if (found === undefined) return undefined;
  const { num_blocks, m_channels, two_emb_layer, widths, embedding, bandsPerPooled } = found;
  const { notes, ...pooling } = poolingOf(tensors, bandsPerPooled);
  const common = { num_blocks, m_channels, two_emb_layer, ...pooling };
  const recognized = (
    architecture: string,
    cls: string,
    config: Record<string, unknown>,
  ): RecognizedArchitecture => ({
    architecture,
    class: cls,
    config: { ...common, ...config },
    notes: [...notes, LIMIT],
  });
  if (v2) {
    const config = { ...widths, embedding_size: embedding };
    return recognized('eres2netv2', CLASSES.v2, config);
  }
  if (tensors.has('layer3.0.conv2_1.weight')) {
    const config = { ...widths, embed_dim: embedding };
    const theirs = recognized('eres2net-wespeaker', CLASSES.wespeaker, config);
    return tensors.has('projection.weight') ? theirs : { ...theirs, notes: [...theirs.notes, HUB] };
  }
  const { huge } = WIDTHS;
  const config = { embedding_size: embedding };
  // Their widths are no arguments: another file would be refused for its shapes.
  return widths.expansion === huge.expansion && widths.scale === huge.scale
    ? recognized('eres2net-huge', CLASSES.huge, config)
    : recognized('eres2net', CLASSES.base, config);
}

/** Samples stay in ±1, so that quiet frames reach the floor of the logarithm. */
const speakerlabFrontEnd = ({
  feat_dim = 80,
}: Readonly<Record<string, unknown>>): FrontEndSpec => ({
  recipe: 'kaldi',
  parameters: { num_mel_bins: feat_dim, waveform_scale: 1, normalization: 'mean' },
});

/** ERes2Net and ERes2NetV2 as 3D-Speaker and WeSpeaker have them. */
export const eres2netSystem: ArchitectureSystem = {
  modules: eres2net,
  recognize,
  encoders: [
    { name: 'eres2net', class: CLASSES.base, frontEnd: speakerlabFrontEnd },
    { name: 'eres2net-huge', class: CLASSES.huge, frontEnd: speakerlabFrontEnd },
    { name: 'eres2netv2', class: CLASSES.v2, frontEnd: speakerlabFrontEnd },
    {
      name: 'eres2net-wespeaker',
      class: CLASSES.wespeaker,
      frontEnd: ({ feat_dim = 80 }) => ({
        recipe: 'kaldi',
        parameters: { num_mel_bins: feat_dim, window_type: 'hamming', normalization: 'mean' },
      }),
    },
  ],
};
