import type { NamedTensors } from '../../tensor.js';
import type { ArchitectureSystem, RecognizedArchitecture } from '../system.js';
import { WESPEAKER_ECAPA_TDNN, wespeakerEcapaTdnn } from './graph.js';

/** Recognizes WeSpeaker's ECAPA_TDNN, with or without the classifier of its training. */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  const [channels, bands] = tensors.get('layer1.conv.weight')?.shape ?? [];
  const [embedding, pooled] = tensors.get('linear.weight')?.shape ?? [];
  const joined = tensors.get('conv.weight')?.shape[0];
  if (
    channels === undefined ||
    bands === undefined ||
    embedding === undefined ||
    joined === undefined ||
    !tensors.has('layer2.se_res2block.0.conv.weight')
  ) {
    return undefined;
  }
  const notes: string[] = [];
  const attended = tensors.get('pool.linear1.weight')?.shape[1];
  const config = {
    channels,
    feat_dim: bands,
    embed_dim: embedding,
    pooling_func: poolingOf(tensors, pooled === joined, notes),
    global_context_att: attended === 3 * joined,
    emb_bn: tensors.has('bn2.weight'),
  };
  return { architecture: 'ecapa-tdnn-wespeaker', class: WESPEAKER_ECAPA_TDNN, config, notes };
}

function poolingOf(tensors: NamedTensors, single: boolean, notes: string[]): string {
  if (tensors.has('pool.linear1.weight')) return 'ASTP';
  if (tensors.has('pool.heads_att_trans.0.att_0.weight')) return 'MHASTP';
  if (tensors.has('pool.n_query.0.heads_att_trans.0.att_0.weight')) return 'MQMHASTP';
  if (!single) return 'TSTP';
  notes.push('pooling_func assumed to be TAP: TSDP has the same shapes');
  return 'TAP';
}

/** WeSpeaker's ECAPA-TDNN. */
export const wespeakerEcapaTdnnSystem: ArchitectureSystem = {
  modules: wespeakerEcapaTdnn,
  recognize,
  encoders: [
    {
      name: 'ecapa-tdnn-wespeaker',
      class: WESPEAKER_ECAPA_TDNN,
      otherFrontEnds: ['kaldi'],
      frontEnd: ({ feat_dim = 80 }) => ({
        recipe: 'kaldi',
        parameters: { num_mel_bins: feat_dim, window_type: 'hamming', normalization: 'mean' },
      }),
    },
  ],
};
