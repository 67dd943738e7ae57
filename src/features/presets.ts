import type { FrontEndSpec } from './create-front-end.js';

/**
 * Front ends as the toolkits train speaker encoders on them, by the number of bands.
 *
 * - `speechbrain`: `Fbank` minus the mean of the sentence.
 * - `espnet`: `MelSpectrogramTorch` with logarithm and `mn`.
 * - `kaldi`: 3D-Speaker's: Kaldi's fbank of samples in ±1, minus the mean over time.
 * - `wespeaker`: Kaldi's fbank of 16-bit samples with a Hamming window, minus the mean over time.
 * - `mel-spec`: SpeechBrain's mel-spec ECAPA: the logarithm of magnitudes through torchaudio's
 *   `MelSpectrogram` of 1024 points with Slaney's scale and norm, minus the mean of the sentence.
 */
export const FRONT_END_PRESETS = {
  speechbrain: (n_mels: number): FrontEndSpec => ({
    recipe: 'speechbrain',
    parameters: { n_mels, normalization: 'sentence-mean' },
  }),
  espnet: (n_mels: number): FrontEndSpec => ({
    recipe: 'espnet',
    parameters: { n_mels, log: true, normalize: 'mn' },
  }),
  kaldi: (num_mel_bins: number): FrontEndSpec => ({
    recipe: 'kaldi',
    parameters: { num_mel_bins, waveform_scale: 1, normalization: 'mean' },
  }),
  wespeaker: (num_mel_bins: number): FrontEndSpec => ({
    recipe: 'kaldi',
    parameters: { num_mel_bins, window_type: 'hamming', normalization: 'mean' },
  }),
  'mel-spec': (n_mels: number): FrontEndSpec => ({
    recipe: 'torchaudio',
    parameters: {
      n_fft: 1024,
      hop_length: 256,
      f_max: 8000,
      n_mels,
      power: 1,
      norm: 'slaney',
      mel_scale: 'slaney',
      log_floor: 1e-5,
      normalization: 'mean',
    },
  }),
} as const;

/** Name of one of the {@link FRONT_END_PRESETS}. */
export type FrontEndPreset = keyof typeof FRONT_END_PRESETS;

/** Whether a front end is known by this name. */
export function isFrontEndPreset(name: string): name is FrontEndPreset {
  return Object.hasOwn(FRONT_END_PRESETS, name);
}
