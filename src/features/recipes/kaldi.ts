import { VoiceprintError } from '../../errors.js';
import { requireInteger, requireRange, withDefaults } from '../options.js';
import { NO_PADDING, type Recipe } from '../recipe.js';
import { recipeFrontEnd } from '../recipe-front-end.js';
import { subtractMean } from '../samples.js';
import { naturalLog } from '../spectrum/float32-math.js';
import { type MelMatrix, melFilter, melMatrix } from '../spectrum/mel-matrix.js';
import { mixedRadixEngine } from '../spectrum/mixed-radix-engine.js';
import type { SpectrumEngineFactory } from '../spectrum/spectrum-engine.js';
import { hammingWindow, hannWindow, poveyWindow } from '../spectrum/windows.js';
import type { FrontEnd } from '../types.js';

/** Arguments of `torchaudio.compliance.kaldi.fbank` under their upstream names, and what follows. */
export interface KaldiFbankOptions {
  /** Bands. */
  readonly num_mel_bins?: number;
  /** Kaldi's name of the window. */
  readonly window_type?: 'povey' | 'hamming' | 'hanning';
  /** In milliseconds. */
  readonly frame_length?: number;
  /** In milliseconds. */
  readonly frame_shift?: number;
  /** In Hz. */
  readonly low_freq?: number;
  /** In Hz; 0 or less counts from half the sample rate. */
  readonly high_freq?: number;
  /** What of the sample before is taken off each, 0 to 1. */
  readonly preemphasis_coefficient?: number;
  /** Takes the mean off every frame. */
  readonly remove_dc_offset?: boolean;
  /** Samples are multiplied by this first: Kaldi expects 16-bit integers. */
  readonly waveform_scale?: number;
  /** `'mean'` takes the mean over time off (WeSpeaker), `'beats'` is (x - 15.41663) / 13.11164. */
  readonly normalization?: 'none' | 'mean' | 'beats';
}

/** Defaults of {@link KaldiFbankOptions}. */
export const KALDI_FBANK_DEFAULTS: Required<KaldiFbankOptions> = {
  num_mel_bins: 80,
  window_type: 'povey',
  frame_length: 25,
  frame_shift: 10,
  low_freq: 20,
  high_freq: 0,
  preemphasis_coefficient: 0.97,
  remove_dc_offset: true,
  waveform_scale: 32_768,
  normalization: 'none',
};

const SAMPLE_RATE = 16_000;
/** Smallest mel power: the float32 epsilon. */
const SMALLEST_POWER = 1.1920928955078125e-7;
/** BEATs.py: `fbank_mean` and twice `fbank_std`. */
const BEATS_MEAN = 15.41663;
const BEATS_DIVISOR = 2 * 6.55582;
const RECIPE = 'the Kaldi fbank';

/**
 * Kaldi's log-mel filter bank without dither: whole frames only, each frame's mean taken off,
 * pre-emphasis within the frame, symmetric window, zeros up to a power of two, power spectrum,
 * triangles on the 1127 ln(1 + f / 700) scale, natural logarithm. At 128 bands one filter is empty,
 * as upstream.
 *
 * Sources: torchaudio/compliance/kaldi.py, unilm/beats/BEATs.py (`preprocess`), wespeaker.
 *
 * @param engines - Makes the engine of power spectra, of the frame's padded size.
 * @throws VoiceprintError `features/invalid` for an option that upstream could not take either.
 */
export function kaldiFbank(
  options: KaldiFbankOptions = {},
  engines: SpectrumEngineFactory = mixedRadixEngine,
): FrontEnd {
  return recipeFrontEnd(kaldiRecipe(options, engines));
}

/** {@link kaldiFbank} frame by frame. */
export function kaldiRecipe(options: KaldiFbankOptions, engines: SpectrumEngineFactory): Recipe {
  const settings = withDefaults(RECIPE, KALDI_FBANK_DEFAULTS, { ...options });
  checkSettings(settings);
  const length = Math.floor((SAMPLE_RATE * settings.frame_length) / 1000);
  const size = 2 ** Math.ceil(Math.log2(length));
  const spectrum = engines(size);
  const bands = settings.num_mel_bins;
  const window = windowOf(settings.window_type, length);
  const filter = melFilter(kaldiMel(size, bands, settings.low_freq, highFrequency(settings)));
  const cut = new Float64Array(size);
  const power = new Float64Array(spectrum.bins);
  const mel = new Float64Array(bands);

  return {
    name: RECIPE,
    bands,
    sampleRate: SAMPLE_RATE,
    span: length,
    hop: Math.floor((SAMPLE_RATE * settings.frame_shift) / 1000),
    padding: NO_PADDING,
    emphasis: 0,
    minimumSamples: length,
    begin() {},
    frame(wave, start, out, at) {
      cutFrame(wave, start, window, settings, cut);
      spectrum.power(cut, power);
      filter(power, mel);
      for (let band = 0; band < bands; band++) {
        const value = Math.log(Math.max(mel[band] ?? 0, SMALLEST_POWER));
        out[at + band] =
          settings.normalization === 'beats' ? (value - BEATS_MEAN) / BEATS_DIVISOR : value;
      }
    },
    whole:
      settings.normalization === 'mean'
        ? {
            bands,
            reason:
              'normalization "mean" is the mean of the whole utterance: give "none" or "beats"',
            apply(features) {
              subtractMean(features.data, features.frames, bands);
              return features;
            },
          }
        : undefined,
  };
}

/** Upstream emphasises within a frame, its first sample standing before itself. */
function cutFrame(
  wave: Float64Array,
  start: number,
  window: Float64Array,
  settings: Required<KaldiFbankOptions>,
  frame: Float64Array,
): void {
  const { waveform_scale: scale, preemphasis_coefficient: emphasis } = settings;
  let mean = 0;
  if (settings.remove_dc_offset) {
    for (let i = 0; i < window.length; i++) mean += (wave[start + i] ?? 0) * scale;
    mean /= window.length;
  }
  let previous = (wave[start] ?? 0) * scale - mean;
  for (let i = 0; i < window.length; i++) {
    const sample = (wave[start + i] ?? 0) * scale - mean;
    frame[i] = (sample - emphasis * previous) * (window[i] ?? 0);
    previous = sample;
  }
  frame.fill(0, window.length);
}

function windowOf(type: Required<KaldiFbankOptions>['window_type'], length: number): Float64Array {
  switch (type) {
    case 'povey':
      return poveyWindow(length);
    case 'hamming':
      return hammingWindow(length, false);
    case 'hanning':
      return hannWindow(length, false);
  }
}

/**
 * `get_mel_banks`, step by step in float32: triangles in mel over bins below the Nyquist
 * frequency, whose weight is 0.
 */
export function kaldiMel(size: number, bands: number, low: number, high: number): MelMatrix {
  const round = Math.fround;
  const scale = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const first = round(scale(low));
  const step = round((scale(high) - scale(low)) / (bands + 1));
  const edges = Float32Array.from({ length: bands + 2 }, (_, i) => first + round(i * step));
  const binWidth = round(SAMPLE_RATE / size);
  return melMatrix(size / 2 + 1, bands, (bin, band) => {
    if (bin === size / 2) return 0;
    const mel = round(1127 * naturalLog(round(1 + round(round(binWidth * bin) / 700))));
    const left = edges[band] ?? 0;
    const centre = edges[band + 1] ?? 0;
    const right = edges[band + 2] ?? 0;
    const rise = round(round(mel - left) / round(centre - left));
    const fall = round(round(right - mel) / round(right - centre));
    return Math.max(0, Math.min(rise, fall));
  });
}

function highFrequency(settings: Required<KaldiFbankOptions>): number {
  const nyquist = SAMPLE_RATE / 2;
  return settings.high_freq > 0 ? settings.high_freq : nyquist + settings.high_freq;
}

function checkSettings(settings: Required<KaldiFbankOptions>): void {
  const nyquist = SAMPLE_RATE / 2;
  requireInteger(RECIPE, 'num_mel_bins', settings.num_mel_bins, 4, 1024);
  requireRange(RECIPE, 'frame_length', settings.frame_length, 1, 1000);
  requireRange(RECIPE, 'frame_shift', settings.frame_shift, 1, 10_000);
  requireRange(RECIPE, 'low_freq', settings.low_freq, 0, nyquist);
  requireRange(RECIPE, 'high_freq', highFrequency(settings), settings.low_freq + 1, nyquist);
  requireRange(RECIPE, 'preemphasis_coefficient', settings.preemphasis_coefficient, 0, 1);
  const choices: readonly (readonly [string, string, readonly string[]])[] = [
    ['window_type', settings.window_type, ['povey', 'hamming', 'hanning']],
    ['normalization', settings.normalization, ['none', 'mean', 'beats']],
  ];
  for (const [name, value, allowed] of choices) {
    if (allowed.includes(value)) continue;
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: ${name} is "${value}"; give one of ${allowed.join(', ')}`,
    );
  }
}
