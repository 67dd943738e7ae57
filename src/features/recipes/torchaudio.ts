import { VoiceprintError } from '../../errors.js';
import { requireInteger, requireRange, withDefaults } from '../options.js';
import { NO_PADDING, type Recipe } from '../recipe.js';
import { subtractMean } from '../samples.js';
import { melFilter } from '../spectrum/mel-matrix.js';
import type { SpectrumEngineFactory } from '../spectrum/spectrum-engine.js';
import { MEL_SCALES, type MelScale, torchaudioMel } from '../spectrum/torchaudio-mel.js';
import { centred, hammingWindow, hannWindow } from '../spectrum/windows.js';

/** Arguments of `torchaudio.transforms.MelSpectrogram` under their upstream names, and what follows. */
export interface TorchaudioMelSpectrogramOptions {
  /** In Hz. */
  readonly sample_rate?: number;
  /** Points of the Fourier transform; even. */
  readonly n_fft?: number;
  /** In samples; null for `n_fft`. */
  readonly win_length?: number | null;
  /** In samples; null for half a window. */
  readonly hop_length?: number | null;
  /** In Hz. */
  readonly f_min?: number;
  /** In Hz; null for half the sample rate. */
  readonly f_max?: number | null;
  /** Bands. */
  readonly n_mels?: number;
  /** Periodic. */
  readonly window_fn?: 'hann' | 'hamming';
  /** 1 for magnitudes, 2 for powers. */
  readonly power?: number;
  /** Frame i has its middle at sample i * hop, the ends being mirrored. */
  readonly center?: boolean;
  /** `'slaney'` divides each triangle by half its width in Hz, so that all have one area. */
  readonly norm?: 'slaney' | null;
  /** How frequencies become mels: HTK's formula, or Slaney's, which is straight up to 1 kHz. */
  readonly mel_scale?: MelScale;
  /** Takes log(max(x, this)); null leaves the values. SpeechBrain's compression has 1e-5. */
  readonly log_floor?: number | null;
  /** `'mean'` takes the mean over time off every band. */
  readonly normalization?: 'none' | 'mean';
}

/** Defaults of {@link TorchaudioMelSpectrogramOptions}: upstream's; nothing follows. */
export const TORCHAUDIO_MEL_SPECTROGRAM_DEFAULTS: Required<TorchaudioMelSpectrogramOptions> = {
  sample_rate: 16_000,
  n_fft: 400,
  win_length: null,
  hop_length: null,
  f_min: 0,
  f_max: null,
  n_mels: 128,
  window_fn: 'hann',
  power: 2,
  center: true,
  norm: null,
  mel_scale: 'htk',
  log_floor: null,
  normalization: 'none',
};

const RECIPE = "torchaudio's mel spectrogram";

/**
 * torchaudio's `MelSpectrogram`, its logarithm and the mean over time taken off where that is asked
 * for. SpeechBrain's mel-spec ECAPA has 1024 points, a hop of 256, magnitudes, Slaney's scale and
 * norm.
 *
 * Sources: torchaudio/transforms/_transforms.py, speechbrain/lobes/models/Tacotron2.py
 * (`mel_spectogram`).
 *
 * @throws VoiceprintError `features/invalid` for an option that upstream could not take either.
 */
export function torchaudioRecipe(
  options: TorchaudioMelSpectrogramOptions,
  engines: SpectrumEngineFactory,
): Recipe {
  const settings = withDefaults(RECIPE, TORCHAUDIO_MEL_SPECTROGRAM_DEFAULTS, { ...options });
  checkSettings(settings);
  const { sample_rate: sampleRate, n_fft: size, n_mels: bands, center, log_floor } = settings;
  const length = settings.win_length ?? size;
  const shape = settings.window_fn === 'hann' ? hannWindow : hammingWindow;
  const window = centred(shape(length), size);
  const spectrum = engines(size);
  const filter = melFilter(
    torchaudioMel({
      bins: spectrum.bins,
      bands,
      sampleRate,
      fMin: settings.f_min,
      fMax: settings.f_max ?? Math.floor(sampleRate / 2),
      scale: settings.mel_scale,
      norm: settings.norm,
    }),
  );
  const cut = new Float64Array(size);
  const power = new Float64Array(spectrum.bins);
  const mel = new Float64Array(bands);
  return {
    name: RECIPE,
    bands,
    sampleRate,
    span: size,
    hop: settings.hop_length ?? Math.floor(length / 2),
    padding: center ? { kind: 'mirror', samples: size / 2 } : NO_PADDING,
    emphasis: 0,
    minimumSamples: center ? size / 2 + 1 : size,
    begin() {},
    frame(wave, start, out, at) {
      for (let i = 0; i < size; i++) cut[i] = (wave[start + i] ?? 0) * (window[i] ?? 0);
      spectrum.power(cut, power);
      if (settings.power === 1) {
        for (let bin = 0; bin < power.length; bin++) power[bin] = Math.sqrt(power[bin] ?? 0);
      }
      filter(power, mel);
      for (let band = 0; band < bands; band++) {
        const value = mel[band] ?? 0;
        out[at + band] = log_floor === null ? value : Math.log(Math.max(value, log_floor));
      }
    },
    whole:
      settings.normalization === 'mean'
        ? {
            bands,
            reason: 'normalization "mean" is the mean of the whole utterance: give "none"',
            apply(features) {
              subtractMean(features.data, features.frames, bands);
              return features;
            },
          }
        : undefined,
  };
}

function checkSettings(settings: Required<TorchaudioMelSpectrogramOptions>): void {
  const nyquist = settings.sample_rate / 2;
  requireInteger(RECIPE, 'sample_rate', settings.sample_rate, 1000, 384_000);
  requireInteger(RECIPE, 'n_fft', settings.n_fft, 2, 65_536);
  requireInteger(RECIPE, 'win_length', settings.win_length ?? settings.n_fft, 1, settings.n_fft);
  requireInteger(RECIPE, 'hop_length', settings.hop_length ?? 1, 1, 160_000);
  requireInteger(RECIPE, 'n_mels', settings.n_mels, 1, 1024);
  requireRange(RECIPE, 'f_min', settings.f_min, 0, nyquist);
  requireRange(RECIPE, 'f_max', settings.f_max ?? nyquist, settings.f_min + 1, nyquist);
  requireInteger(RECIPE, 'power', settings.power, 1, 2);
  requireRange(RECIPE, 'log_floor', settings.log_floor ?? 1, 1e-30, 1);
  const choices: readonly (readonly [string, unknown, readonly unknown[]])[] = [
    ['window_fn', settings.window_fn, ['hann', 'hamming']],
    ['norm', settings.norm, [null, 'slaney']],
    ['mel_scale', settings.mel_scale, MEL_SCALES],
    ['normalization', settings.normalization, ['none', 'mean']],
  ];
  for (const [name, value, allowed] of choices) {
    if (allowed.includes(value)) continue;
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: ${name} is ${JSON.stringify(value)}; give one of ${allowed.join(', ')}`,
    );
  }
}
