import { VoiceprintError } from '../errors.js';
import { withContext, withDeltas } from './deltas-context.js';
import { melFilter } from './mel-matrix.js';
import { mixedRadixEngine } from './mixed-radix-engine.js';
import { requireInteger, requireRange, withDefaults } from './options.js';
import { checkSamples } from './samples.js';
import type { SpectrumEngineFactory } from './spectrum-engine.js';
import { type FilterShape, speechbrainMel } from './speechbrain-mel.js';
import { normalizeSentence, roundHalfToEven } from './speechbrain-normalization.js';
import type { Features, FrontEnd } from './types.js';
import { centred, hammingWindow } from './windows.js';

/** Arguments of `speechbrain.lobes.features.Fbank` under their upstream names, and what follows it. */
export interface SpeechbrainFbankOptions {
  /** In Hz. */
  readonly sample_rate?: number;
  /** Points of the Fourier transform; even. */
  readonly n_fft?: number;
  readonly n_mels?: number;
  /** In milliseconds. */
  readonly win_length?: number;
  /** In milliseconds. */
  readonly hop_length?: number;
  /** In Hz. */
  readonly f_min?: number;
  /** In Hz; null for half the sample rate. */
  readonly f_max?: number | null;
  readonly filter_shape?: FilterShape;
  /** Adds first and second derivatives: three times the bands. */
  readonly deltas?: boolean;
  /** Adds the neighbours in time: `left_frames + 1 + right_frames` times the bands. */
  readonly context?: boolean;
  readonly left_frames?: number;
  readonly right_frames?: number;
  /** Upstream's switches of training; taken, and of no effect here. */
  readonly requires_grad?: boolean;
  readonly param_change_factor?: number;
  readonly param_rand_factor?: number;
  /** `InputNormalization(norm_type="sentence")`, without or with `std_norm`. */
  readonly normalization?: 'none' | 'sentence-mean' | 'sentence-mean-std';
}

/** Defaults of {@link SpeechbrainFbankOptions}: upstream's, but for 80 bands and the mean norm. */
export const SPEECHBRAIN_FBANK_DEFAULTS: Required<SpeechbrainFbankOptions> = {
  sample_rate: 16_000,
  n_fft: 400,
  n_mels: 80,
  win_length: 25,
  hop_length: 10,
  f_min: 0,
  f_max: null,
  filter_shape: 'triangular',
  deltas: false,
  context: false,
  left_frames: 5,
  right_frames: 5,
  requires_grad: false,
  param_change_factor: 1,
  param_rand_factor: 0,
  normalization: 'sentence-mean',
};

/** Smallest power before the logarithm, and the range below the loudest value, in dB. */
const SMALLEST_POWER = 1e-10;
const TOP_DB = 80;
const RECIPE = 'the SpeechBrain fbank';

/**
 * SpeechBrain's `Fbank` and sentence normalisation: periodic Hamming window in the middle of
 * `n_fft`, frames centred with zeros beyond the ends (1 + samples / hop of them), power spectrum,
 * filters of their own, 10 log10, all below the utterance's loudest value - 80 dB lifted to it, then
 * the mean of each band taken off.
 *
 * Sources: speechbrain/lobes/features.py, speechbrain/processing/features.py.
 *
 * @param engines - Makes the engine of power spectra, of size `n_fft`.
 * @throws VoiceprintError `features/invalid` for an option that upstream could not take either.
 */
export function speechbrainFbank(
  options: SpeechbrainFbankOptions = {},
  engines: SpectrumEngineFactory = mixedRadixEngine,
): FrontEnd {
  const settings = withDefaults(RECIPE, SPEECHBRAIN_FBANK_DEFAULTS, { ...options });
  checkSettings(settings);
  const perMillisecond = settings.sample_rate / 1000;
  const hop = roundHalfToEven(perMillisecond * settings.hop_length);
  const size = settings.n_fft;
  const window = centred(
    hammingWindow(roundHalfToEven(perMillisecond * settings.win_length)),
    size,
  );
  const engine = engines(size);
  const bands = settings.n_mels;
  const filter = melFilter(
    speechbrainMel(
      engine.bins,
      bands,
      settings.sample_rate,
      settings.f_min,
      settings.f_max ?? settings.sample_rate / 2,
      settings.filter_shape,
    ),
  );
  const frame = new Float64Array(size);
  const power = new Float64Array(engine.bins);
  const mel = new Float64Array(bands);

  const decibels = (samples: Float32Array): Features => {
    const frames = 1 + Math.floor(samples.length / hop);
    const data = new Float32Array(frames * bands);
    let loudest = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < frames; t++) {
      const start = t * hop - size / 2;
      const from = Math.max(0, -start);
      const to = Math.min(size, samples.length - start);
      frame.fill(0, 0, from);
      for (let i = from; i < to; i++) frame[i] = (samples[start + i] ?? 0) * (window[i] ?? 0);
      frame.fill(0, Math.max(from, to));
      engine.power(frame, power);
      filter(power, mel);
      for (let band = 0; band < bands; band++) {
        const db = 10 * Math.log10(Math.max(mel[band] ?? 0, SMALLEST_POWER));
        data[t * bands + band] = db;
        if (db > loudest) loudest = db;
      }
    }
    const floor = Math.fround(loudest - TOP_DB);
    for (let i = 0; i < data.length; i++) if ((data[i] ?? 0) < floor) data[i] = floor;
    return { data, frames, bands };
  };

  const derivatives = settings.deltas ? 3 : 1;
  const neighbours = settings.context ? settings.left_frames + 1 + settings.right_frames : 1;
  return {
    bands: bands * derivatives * neighbours,
    sampleRate: settings.sample_rate,
    frameRate: settings.sample_rate / hop,
    minimumSamples: 1,
    compute(samples) {
      checkSamples(samples, 1, RECIPE);
      let features = decibels(samples);
      if (settings.deltas) features = withDeltas(features);
      if (settings.context) {
        features = withContext(features, settings.left_frames, settings.right_frames);
      }
      if (settings.normalization !== 'none') {
        const std = settings.normalization === 'sentence-mean-std';
        normalizeSentence(features.data, features.bands, features.frames, std);
      }
      return features;
    },
  };
}

function checkSettings(settings: Required<SpeechbrainFbankOptions>): void {
  const nyquist = settings.sample_rate / 2;
  const inRange = (name: string, value: number, least: number, most: number): void =>
    requireRange(RECIPE, name, value, least, most);
  requireInteger(RECIPE, 'sample_rate', settings.sample_rate, 1000, 384_000);
  requireInteger(RECIPE, 'n_fft', settings.n_fft, 2, 65_536);
  requireInteger(RECIPE, 'n_mels', settings.n_mels, 1, 1024);
  inRange('win_length', settings.win_length, 1, (settings.n_fft / settings.sample_rate) * 1000);
  inRange('hop_length', settings.hop_length, 1, 10_000);
  inRange('f_min', settings.f_min, 0, nyquist);
  inRange('f_max', settings.f_max ?? nyquist, settings.f_min + 1, nyquist);
  requireInteger(RECIPE, 'left_frames', settings.left_frames, 0, 1000);
  requireInteger(RECIPE, 'right_frames', settings.right_frames, 0, 1000);
  const choices: readonly (readonly [string, string, readonly string[]])[] = [
    ['filter_shape', settings.filter_shape, ['triangular', 'rectangular', 'gaussian']],
    ['normalization', settings.normalization, ['none', 'sentence-mean', 'sentence-mean-std']],
  ];
  for (const [name, value, allowed] of choices) {
    if (allowed.includes(value)) continue;
    throw new VoiceprintError(
      'features/invalid',
      `${RECIPE}: ${name} is "${value}"; give one of ${allowed.join(', ')}`,
    );
  }
}
