import { espnetMelSpectrogram } from '../../../../src/features/index.js';
import { featureBatch, featureTensor } from './feature-batch.js';
import type { WaveformFront } from './types.js';

/** Defaults of the class `MelSpectrogramTorch`; ours are those of the published recipe. */
const CLASS_DEFAULTS = { log: false, normalize: null };

/** ESPnet's `MelSpectrogramTorch` with the case's `frontend_conf`. */
export const espnetFront: WaveformFront = {
  classes: ['espnet2.spk.espnet_model.ESPnetSpeakerModel', 'ESPnetSpeakerModel(extract_embd=True)'],
  apply({ inputs: { speech }, ctor }) {
    if (speech === undefined) return undefined;
    const given = ctor.frontend_conf;
    const options = typeof given === 'object' && given !== null ? given : {};
    const feats = featureBatch(speech, espnetMelSpectrogram({ ...CLASS_DEFAULTS, ...options }));
    return { tensors: { feats: featureTensor(feats) }, computed: { feats } };
  },
};
