import type { NamedTensors } from '../../tensor.js';
import type { ArchitectureSystem, RecognizedArchitecture } from '../system.js';
import { TAO_ECAPA_TDNN, taoEcapaTdnn } from './graph.js';

/** Recognizes TaoRuijie's ECAPA_TDNN, alone or in a checkpoint of its training. */
function recognize(tensors: NamedTensors): RecognizedArchitecture | undefined {
  for (const prefix of ['', 'speaker_encoder.']) {
    const channels = tensors.get(`${prefix}conv1.weight`)?.shape[0];
    const own = ['fc6.weight', 'bn6.weight', 'attention.4.weight', 'layer1.convs.0.weight'];
    if (channels === undefined || !own.every((key) => tensors.has(prefix + key))) continue;
    const config = { C: channels };
    return { architecture: 'ecapa-tdnn-tao', class: TAO_ECAPA_TDNN, config, notes: [] };
  }
  return undefined;
}

/** TaoRuijie's ECAPA-TDNN. */
export const taoEcapaTdnnSystem: ArchitectureSystem = {
  modules: taoEcapaTdnn,
  recognize,
  encoders: [
    {
      name: 'ecapa-tdnn-tao',
      class: TAO_ECAPA_TDNN,
      // Upstream's own front end, of which ESPnet's is a copy.
      frontEnd: () => ({
        recipe: 'espnet',
        parameters: { n_mels: 80, log: true, normalize: 'mn' },
      }),
    },
  ],
};
