import type { NamedTensors } from '../../tensor.js';
import type { RecognizedArchitecture } from '../system.js';
import { TAO_ECAPA_TDNN } from './graph.js';

/** Recognizes TaoRuijie's ECAPA_TDNN, alone or in a checkpoint of its training. */
export function recognizeTaoEcapaTdnn(tensors: NamedTensors): RecognizedArchitecture | undefined {
  for (const prefix of ['', 'speaker_encoder.']) {
    const channels = tensors.get(`${prefix}conv1.weight`)?.shape[0];
    const own = ['fc6.weight', 'bn6.weight', 'attention.4.weight', 'layer1.convs.0.weight'];
    if (channels === undefined || !own.every((key) => tensors.has(prefix + key))) continue;
    const config = { C: channels };
    return { architecture: 'ecapa-tdnn-tao', class: TAO_ECAPA_TDNN, config, notes: [] };
  }
  return undefined;
}
