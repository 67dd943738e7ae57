export { createFrontEnd, type FrontEndSpec } from './create-front-end.js';
export {
  ESPNET_MEL_SPECTROGRAM_DEFAULTS,
  type EspnetMelSpectrogramOptions,
  espnetMelSpectrogram,
} from './espnet.js';
export { type FeatureStream, openFeatureStream } from './feature-stream.js';
export { KALDI_FBANK_DEFAULTS, type KaldiFbankOptions, kaldiFbank } from './kaldi.js';
export { loadMeydaEngine } from './meyda-engine.js';
export { mixedRadixEngine } from './mixed-radix-engine.js';
export type { RunningMeanOptions } from './running-mean.js';
export type { SpectrumEngine, SpectrumEngineFactory } from './spectrum-engine.js';
export {
  SPEECHBRAIN_FBANK_DEFAULTS,
  type SpeechbrainFbankOptions,
  speechbrainFbank,
} from './speechbrain.js';
export {
  keptFrames,
  type LengthRule,
  normalizeSentence,
} from './speechbrain-normalization.js';
export type { Features, FrontEnd } from './types.js';
