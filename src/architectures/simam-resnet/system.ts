import type { NamedTensors } from '../../tensor.js';
import { HALVED } from '../layers/residual/residual-network.js';
import { type ArchitectureSystem, countKeys, type RecognizedArchitecture } from '../system.js';
import { SIMAM_NETWORKS, simamResnet } from './graph.js';

/**
 * Recognizes SimAM-ResNet. SimAM itself has no weights; the names of the parts around it are its
 * own.
 */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const channels = tensors.get('front.conv1.weight')?.shape[0];
  const pooled = tensors.get('pooling.attention.3.weight')?.shape[0];
  const embedding = tensors.get('bottleneck.weight')?.shape[0];
  if (
    channels === undefined ||
    pooled === undefined ||
    embedding === undefined ||
    !tensors.has('front.layer2.0.downsample.0.weight')
  ) {
    return undefined;
  }
  const counts = [1, 2, 3, 4].map((layer) =>
    countKeys(tensors, `front.layer${layer}.`, '.conv1.weight'),
  );
  const network = SIMAM_NETWORKS.find(({ blocks }) =>
    blocks.every((count, i) => count === counts[i]),
  );
  if (network === undefined) return undefined;
  return {
    architecture: 'simam-resnet',
    class: network.cls,
    config: {
      in_planes: channels,
      embed_dim: embedding,
      acoustic_dim: (pooled / (8 * channels)) * HALVED,
    },
    notes: ['SimAM assumed in every block: it has no weights that would show it'],
  };
}

/** SimAM-ResNet as WeSpeaker has it. */
export const simamResnetSystem: ArchitectureSystem = {
  modules: simamResnet,
  recognize,
  encoders: SIMAM_NETWORKS.map(({ cls }) => ({
    name: 'simam-resnet',
    class: cls,
    frontEnd: ({ acoustic_dim = 80 }) => ({
      recipe: 'kaldi',
      parameters: { num_mel_bins: acoustic_dim, window_type: 'hamming', normalization: 'mean' },
    }),
  })),
};
