import type { NamedTensors } from '../../tensor.js';
import type { ArchitectureSystem, RecognizedArchitecture } from '../system.js';
import { HALVED_FEATURES } from './blocks/head.js';
import { CAMPPLUS_3D_SPEAKER, CAMPPLUS_WESPEAKER, campplus } from './graph.js';

const HEAD_KEY = 'head.conv1.weight';
const LAYER = 'xvector.block1.tdnnd1';

/**
 * Recognizes CAM++. Keys and shapes of 3D-Speaker's and WeSpeaker's are the same; only the
 * classifier that WeSpeaker leaves in its files, or a pooling that 3D-Speaker has not, tells them
 * apart.
 */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const sizeOf = (key: string, axis: number) => tensors.get(key)?.shape[axis];
  const head = sizeOf(HEAD_KEY, 0);
  const initial = sizeOf('xvector.tdnn.linear.weight', 0);
  const joined = sizeOf('xvector.tdnn.linear.weight', 1);
  const bottleneck = sizeOf(`${LAYER}.linear1.weight`, 0);
  const growth = sizeOf(`${LAYER}.cam_layer.linear_local.weight`, 0);
  const embedding = sizeOf('xvector.dense.linear.weight', 0);
  const pooled = sizeOf('xvector.dense.linear.weight', 1);
  const channels = sizeOf('xvector.out_nonlinear.batchnorm.running_mean', 0);
  if (
    head === undefined ||
    initial === undefined ||
    joined === undefined ||
    bottleneck === undefined ||
    growth === undefined ||
    embedding === undefined ||
    pooled === undefined ||
    channels === undefined
  ) {
    return undefined;
  }
  const shared = {
    feat_dim: (joined / head) * HALVED_FEATURES,
    growth_rate: growth,
    bn_size: bottleneck / growth,
    init_channels: initial,
  };
  const pooling = poolingOf(tensors, pooled / channels);
  const wespeaker: RecognizedArchitecture = {
    architecture: 'campplus-wespeaker',
    class: CAMPPLUS_WESPEAKER,
    config: { ...shared, embed_dim: embedding, pooling_func: pooling },
    notes: pooling === 'TAP' ? ['pooling_func assumed to be TAP: TSDP has the same shapes'] : [],
  };
  if (pooling !== 'TSTP' || tensors.has('projection.weight')) return wespeaker;
  return {
    architecture: 'campplus',
    class: CAMPPLUS_3D_SPEAKER,
    config: { ...shared, embedding_size: embedding },
    notes: [
      "3D-Speaker's class assumed, with its features and pooling: WeSpeaker's (campplus-wespeaker) has the same keys and shapes",
    ],
    alternatives: [wespeaker],
  };
}

function poolingOf(tensors: NamedTensors, perChannel: number): string {
  if (tensors.has('xvector.stats.linear1.weight')) return 'ASTP';
  if (tensors.has('xvector.stats.heads_att_trans.0.att_0.weight')) return 'MHASTP';
  if (tensors.has('xvector.stats.n_query.0.heads_att_trans.0.att_0.weight')) return 'MQMHASTP';
  return perChannel === 2 ? 'TSTP' : 'TAP';
}

/** CAM++ as 3D-Speaker and WeSpeaker have it. */
export const campplusSystem: ArchitectureSystem = {
  modules: campplus,
  recognize,
  encoders: [
    {
      name: 'campplus',
      class: CAMPPLUS_3D_SPEAKER,
      otherFrontEnds: ['wespeaker'],
      // Samples stay in ±1, so that quiet frames reach the floor of the logarithm.
      frontEnd: ({ feat_dim = 80 }) => ({
        recipe: 'kaldi',
        parameters: { num_mel_bins: feat_dim, waveform_scale: 1, normalization: 'mean' },
      }),
    },
    {
      name: 'campplus-wespeaker',
      class: CAMPPLUS_WESPEAKER,
      otherFrontEnds: ['kaldi'],
      frontEnd: ({ feat_dim = 80 }) => ({
        recipe: 'kaldi',
        parameters: { num_mel_bins: feat_dim, window_type: 'hamming', normalization: 'mean' },
      }),
    },
  ],
};
