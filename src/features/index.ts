export { createFrontEnd, type FrontEndSpec } from './create-front-end.js';
export { espnetMelSpectrogram } from './espnet.js';
export { type FeatureStream, openFeatureStream } from './feature-stream.js';
export { kaldiFbank } from './kaldi.js';
export { loadMeydaEngine } from './meyda-engine.js';

export { speechbrainFbank } from './speechbrain.js';
export {
  keptFrames,
  type LengthRule,
  normalizeSentence,
} from './speechbrain-normalization.js';
export type { Features, FrontEnd } from './types.js';
