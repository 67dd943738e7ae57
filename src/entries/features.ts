/**
 * `voiceprint-web/features`: the fbank recipes of upstream toolkits, from samples to frames.
 *
 * @packageDocumentation
 */
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export { createFrontEnd, type FrontEndSpec } from '../features/create-front-end.js';
export { type FeatureStream, openFeatureStream } from '../features/feature-stream.js';
export {
  ESPNET_MEL_SPECTROGRAM_DEFAULTS,
  type EspnetMelSpectrogramOptions,
  espnetMelSpectrogram,
} from '../features/recipes/espnet.js';
export {
  KALDI_FBANK_DEFAULTS,
  type KaldiFbankOptions,
  kaldiFbank,
} from '../features/recipes/kaldi.js';
export {
  SPEECHBRAIN_FBANK_DEFAULTS,
  type SpeechbrainFbankOptions,
  speechbrainFbank,
} from '../features/recipes/speechbrain.js';
export {
  keptFrames,
  type LengthRule,
  normalizeSentence,
} from '../features/recipes/speechbrain-normalization.js';
export {
  TORCHAUDIO_MEL_SPECTROGRAM_DEFAULTS,
  type TorchaudioMelSpectrogramOptions,
} from '../features/recipes/torchaudio.js';
export type { RunningMeanOptions } from '../features/running-mean.js';
export { loadMeydaEngine } from '../features/spectrum/meyda-engine.js';
export { mixedRadixEngine } from '../features/spectrum/mixed-radix-engine.js';
export type {
  SpectrumEngine,
  SpectrumEngineFactory,
} from '../features/spectrum/spectrum-engine.js';
export type { MelScale } from '../features/spectrum/torchaudio-mel.js';
export type { Features, FrontEnd } from '../features/types.js';
