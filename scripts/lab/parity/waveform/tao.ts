import { espnetMelSpectrogram } from '../../../../src/features/index.js';
import { featureBatch, featureTensor } from './feature-batch.js';
import type { WaveformFront } from './types.js';

/** The front end inside TaoRuijie's model, of which ESPnet's is a copy. */
export const taoFront: WaveformFront = {
  classes: ['TaoRuijie model.ECAPA_TDNN'],
  apply({ inputs: { x } }) {
    // The model has no other input; three axes mean that the features are given.
    if (x === undefined || x.shape.length !== 2) return undefined;
    return {
      tensors: { feats: featureTensor(featureBatch(x, espnetMelSpectrogram())) },
      computed: {},
    };
  },
};
