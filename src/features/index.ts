export { createFrontEnd, type FrontEndSpec } from './create-front-end.js';
export { type FeatureStream, openFeatureStream } from './feature-stream.js';
export { FRONT_END_PRESETS, type FrontEndPreset, isFrontEndPreset } from './presets.js';
export { espnetMelSpectrogram } from './recipes/espnet.js';
export { kaldiFbank } from './recipes/kaldi.js';
export { speechbrainFbank } from './recipes/speechbrain.js';
export {
  keptFrames,
  type LengthRule,
  normalizeSentence,
} from './recipes/speechbrain-normalization.js';
export { loadMeydaEngine } from './spectrum/meyda-engine.js';
export type { Features, FrontEnd } from './types.js';
