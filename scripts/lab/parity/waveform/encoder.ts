import { ENCODERS } from '../../../../src/architectures/find-encoder.js';
import { createFrontEnd } from '../../../../src/features/index.js';
import { featureBatch, featureTensor } from './feature-batch.js';
import type { WaveformFront } from './types.js';

/**
 * The front end that an encoder's own entry names, over `wav`: what serves every system whose
 * features are those of the utterance alone.
 */
export const encoderFront = (cls: string): WaveformFront => ({
  classes: [cls],
  apply({ inputs: { wav }, ctor, description }) {
    const encoder = ENCODERS.find((each) => each.class === cls);
    const [input] = description.inputs;
    if (encoder === undefined || input === undefined || wav === undefined) return undefined;
    const feats = featureBatch(wav, createFrontEnd(encoder.frontEnd(ctor)));
    return { tensors: { [input.name]: featureTensor(feats) }, computed: { feats } };
  },
});
