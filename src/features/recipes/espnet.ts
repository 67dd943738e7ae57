import { VoiceprintError } from '../../errors.js';
import { requireInteger, requireRange, withDefaults } from '../options.js';
import { NO_PADDING, type Recipe, type WholeUtterance } from '../recipe.js';
import { recipeFrontEnd } from '../recipe-front-end.js';
import { checkRunningMean, RunningMean, type RunningMeanOptions } from '../running-mean.js';
import { subtractMean } from '../samples.js';
import { type MelMatrix, melFilter } from '../spectrum/mel-matrix.js';
import { mixedRadixEngine } from '../spectrum/mixed-radix-engine.js';
import type { SpectrumEngineFactory } from '../spectrum/spectrum-engine.js';
import { MEL_SCALES, type MelScale, torchaudioMel } from '../spectrum/torchaudio-mel.js';
import { hammingWindow, hannWindow } from '../spectrum/windows.js';
import type { FrontEnd } from '../types.js';

/**
 * Arguments of ESPnet's `MelSpectrogramTorch` under their upstream names; `center`, `running_mean`
 * and `'running-mean'` are ours, for encoders that hear a stream.
 */
export interface EspnetMelSpectrogramOptions {
  /** Pre-emphasis of 0.97 before the frames are cut. */
  readonly preemp?: boolean;
  /** Points of the Fourier transform; even. */
  readonly n_fft?: number;
  /** log(x + 1e-6) of the mel powers. */
  readonly log?: boolean;
  /** In samples. */
  readonly win_length?: number;
  /** In samples. */
  readonly hop_length?: number;
  /** In Hz. */
  readonly f_min?: number;
  /** In Hz. */
  readonly f_max?: number;
  /** Bands. */
  readonly n_mels?: number;
  /** HTK's mel scale or Slaney's; upstream hands it to torchaudio. */
  readonly mel_scale?: MelScale;
  /** Name of the torch window. */
  readonly window_fn?: 'hamming' | 'hann';
  /**
   * `'mn'` takes the mean over time off every band, `'running-mean'` the mean of the frames so far
   * (see `running_mean`); null leaves them.
   */
  readonly normalize?: 'mn' | 'running-mean' | null;
  /**
   * Frame i has its middle at sample i * hop, the ends being mirrored, as upstream. False: it covers
   * the samples from i * hop on, nothing is made up, and silence stands before the first sample.
   */
  readonly center?: boolean;
  /** Where `'running-mean'` starts from; needed by it, null otherwise. */
  readonly running_mean?: RunningMeanOptions | null;
}

/** Defaults of {@link EspnetMelSpectrogramOptions}: those of the published SKA-TDNN recipe. */
export const ESPNET_MEL_SPECTROGRAM_DEFAULTS: Required<EspnetMelSpectrogramOptions> = {
  preemp: true,
  n_fft: 512,
  log: true,
  win_length: 400,
  hop_length: 160,
  f_min: 20,
  f_max: 7600,
  n_mels: 80,
  mel_scale: 'htk',
  window_fn: 'hamming',
  normalize: 'mn',
  center: true,
  running_mean: null,
};

const SAMPLE_RATE = 16_000;
/** Upstream keeps it as a float32 filter. */
const PRE_EMPHASIS = Math.fround(0.97);
const LOG_OFFSET = 1e-6;
const RECIPE = 'the ESPnet mel spectrogram';

/**
 * ESPnet's `MelSpectrogramTorch`: pre-emphasis with the second sample mirrored before the first,
 * periodic window in the middle of `n_fft`, frames centred with the ends mirrored, power spectrum,
 * HTK's (or Slaney's) mel without area norm, log(x + 1e-6), minus the mean over time. `center` false, and the mean
 * of the frames so far, are what the causal streaming encoder is trained on.
 *
 * Sources: espnet2/asr/frontend/melspec_torch.py, torchaudio.transforms.MelSpectrogram.
 *
 * @param engines - Makes the engine of power spectra, of the frame's padded size.
 * @throws VoiceprintError `features/invalid` for an option that upstream could not take either.
 */
export function espnetMelSpectrogram(
  options: EspnetMelSpectrogramOptions = {},
  engines: SpectrumEngineFactory = mixedRadixEngine,
): FrontEnd {
  return recipeFrontEnd(espnetRecipe(options, engines));
}

/** {@link espnetMelSpectrogram} frame by frame. */
export function espnetRecipe(
  options: EspnetMelSpectrogramOptions,
  engines: SpectrumEngineFactory,
): Recipe {
  const settings = withDefaults(RECIPE, ESPNET_MEL_SPECTROGRAM_DEFAULTS, { ...options });
  checkSettings(settings);
  const { n_fft: size, n_mels: bands, center } = settings;
  const spectrum = engines(size);
  const shape = settings.window_fn === 'hann' ? hannWindow : hammingWindow;
  const window = shape(settings.win_length);
  const offset = Math.floor((size - window.length) / 2);
  const filter = melFilter(
    torchaudioMel({
      bins: spectrum.bins,
      bands,
      sampleRate: SAMPLE_RATE,
      fMin: settings.f_min,
      fMax: settings.f_max,
      scale: settings.mel_scale,
    }),
  );
  const running = runningMean(settings);
  const cut = new Float64Array(size);
  const power = new Float64Array(spectrum.bins);
  const mel = new Float64Array(bands);

  return {
    name: RECIPE,
    bands,
    sampleRate: SAMPLE_RATE,
    span: size,
    hop: settings.hop_length,
    padding: center ? { kind: 'mirror', samples: size / 2 } : NO_PADDING,
    emphasis: settings.preemp ? PRE_EMPHASIS : 0,
    minimumSamples: center ? size / 2 + 1 : size,
    begin() {
      running?.reset();
    },
    frame(wave, start, out, at) {
      for (let i = 0; i < window.length; i++) {
        cut[offset + i] = (wave[start + offset + i] ?? 0) * (window[i] ?? 0);
      }
      spectrum.power(cut, power);
      filter(power, mel);
      for (let band = 0; band < bands; band++) {
        const value = mel[band] ?? 0;
        out[at + band] = settings.log ? Math.log(value + LOG_OFFSET) : value;
      }
      running?.subtract(out, at);
    },
    whole: settings.normalize === 'mn' ? meanOverTime(bands) : undefined,
  };
}

function meanOverTime(bands: number): WholeUtterance {
  return {
    bands,
    reason: 'normalize "mn" is the mean of the whole utterance: give null or "running-mean"',
    apply(features) {
      subtractMean(features.data, features.frames, bands);
      return features;
    },
  };
}

/** {@link torchaudioMel} at 16 kHz with the HTK scale and no norm. */
export function htkMel(bins: number, bands: number, fMin: number, fMax: number): MelMatrix {
  return torchaudioMel({ bins, bands, sampleRate: SAMPLE_RATE, fMin, fMax });
}

function checkSettings(settings: Required<EspnetMelSpectrogramOptions>): void {
  const nyquist = SAMPLE_RATE / 2;
  requireInteger(RECIPE, 'n_fft', settings.n_fft, 2, 65_536);
  requireInteger(RECIPE, 'win_length', settings.win_length, 1, settings.n_fft);
  requireInteger(RECIPE, 'hop_length', settings.hop_length, 1, 160_000);
  requireInteger(RECIPE, 'n_mels', settings.n_mels, 1, 1024);
  requireRange(RECIPE, 'f_min', settings.f_min, 0, nyquist);
  requireRange(RECIPE, 'f_max', settings.f_max, settings.f_min + 1, nyquist);
  if (
    settings.normalize !== 'mn' &&
    settings.normalize !== 'running-mean' &&
    settings.normalize !== null
  ) {
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: normalize is "${settings.normalize}"; give "mn", "running-mean" or null`,
    );
  }
  if (!MEL_SCALES.includes(settings.mel_scale)) {
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: mel_scale is "${settings.mel_scale}"; give "htk" or "slaney"`,
    );
  }
  if (settings.window_fn !== 'hamming' && settings.window_fn !== 'hann') {
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: window_fn is "${settings.window_fn}"; give "hamming" or "hann"`,
    );
  }
}

function runningMean(settings: Required<EspnetMelSpectrogramOptions>): RunningMean | undefined {
  const { normalize, running_mean: start, n_mels: bands } = settings;
  if (normalize === 'running-mean') return new RunningMean(checkRunningMean(RECIPE, start, bands));
  if (start === null) return undefined;
  throw new VoiceprintError(
    'features/invalid',
    `${RECIPE}: running_mean has no effect with normalize ${JSON.stringify(normalize)}; give normalize "running-mean", or leave running_mean out`,
  );
}
