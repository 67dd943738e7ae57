import { keptFrames, normalizeSentence, speechbrainFbank } from '../../../../src/features/index.js';
import { tensorOf } from '../npy-tensor.js';
import { featureBatch, featureTensor } from './feature-batch.js';
import type { WaveformFront } from './types.js';

/**
 * What SpeechBrain's `encode_batch` puts in front of an encoder: Fbank of each zero-padded
 * waveform, then sentence normalisation over the frames that its relative length keeps.
 */
export const speechbrainFront: WaveformFront = {
  classes: ['speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN'],
  apply({ inputs, description }) {
    const { wavs, wav_lens: lengths } = inputs;
    if (wavs === undefined) return undefined;
    const bands = description.featureSize ?? 80;
    const frontEnd = speechbrainFbank({ n_mels: bands, normalization: 'none' });
    const feats = featureBatch(wavs, frontEnd, (data, frames, row) => {
      const kept = keptFrames(lengths?.values[row] ?? 1, frames, 'padding-mask');
      normalizeSentence(data, bands, kept, false);
    });
    const tensors = { x: featureTensor(feats) };
    return {
      tensors: lengths === undefined ? tensors : { ...tensors, lengths: tensorOf(lengths) },
      computed: { feats },
    };
  },
};
