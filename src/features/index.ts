export { createFrontEnd, type FrontEndSpec } from './create-front-end.js';
export { type FeatureStream, openFeatureStream } from './feature-stream.js';
export {
  ESPNET_MEL_SPECTROGRAM_DEFAULTS,
  type EspnetMelSpectrogramOptions,
  espnetMelSpectrogram,
} from './recipes/espnet.js';
export { KALDI_FBANK_DEFAULTS, type KaldiFbankOptions, kaldiFbank } from './recipes/kaldi.js';
export {
  SPEECHBRAIN_FBANK_DEFAULTS,
  type SpeechbrainFbankOptions,
  speechbrainFbank,
} from './recipes/speechbrain.js';
export {
  keptFrames,
  type LengthRule,
  normalizeSentence,
} from './recipes/speechbrain-normalization.js';
export type { RunningMeanOptions } from './running-mean.js';
export { loadMeydaEngine } from './spectrum/meyda-engine.js';
export { mixedRadixEngine } from './spectrum/mixed-radix-engine.js';
export type { SpectrumEngine, SpectrumEngineFactory } from './spectrum/spectrum-engine.js';
export type { Features, FrontEnd } from './types.js';
