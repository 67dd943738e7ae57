import { VoiceprintError } from '../../errors.js';
import { requireInteger, requireRange, withDefaults } from '../options.js';
import type { Recipe, WholeUtterance } from '../recipe.js';
import { recipeFrontEnd } from '../recipe-front-end.js';
import { melFilter } from '../spectrum/mel-matrix.js';
import { mixedRadixEngine } from '../spectrum/mixed-radix-engine.js';
import type { SpectrumEngineFactory } from '../spectrum/spectrum-engine.js';
import { centred, hammingWindow } from '../spectrum/windows.js';
import type { FrontEnd } from '../types.js';
import { withContext, withDeltas } from './deltas-context.js';
import { type FilterShape, speechbrainMel } from './speechbrain-mel.js';
import { normalizeSentence, roundHalfToEven } from './speechbrain-normalization.js';

/** Arguments of `speechbrain.lobes.features.Fbank` under their upstream names, and what follows it. */
export interface SpeechbrainFbankOptions {
  /** In Hz. */
  readonly sample_rate?: number;
  /** Points of the Fourier transform; even. */
  readonly n_fft?: number;
  /** Bands. */
  readonly n_mels?: number;
  /** In milliseconds. */
  readonly win_length?: number;
  /** In milliseconds. */
  readonly hop_length?: number;
  /** In Hz. */
  readonly f_min?: number;
  /** In Hz; null for half the sample rate. */
  readonly f_max?: number | null;
  /** Shape of the filters. */
  readonly filter_shape?: FilterShape;
  /**
   * In dB: values so far below the utterance's loudest are lifted. Upstream it is a parameter of
   * `Filterbank` that `Fbank` leaves at its default; null (ours) leaves the values, for streams.
   */
  readonly top_db?: number | null;
  /** Adds first and second derivatives: three times the bands. */
  readonly deltas?: boolean;
  /** Adds the neighbours in time: `left_frames + 1 + right_frames` times the bands. */
  readonly context?: boolean;
  /** Frames of context before each. */
  readonly left_frames?: number;
  /** Frames of context after each. */
  readonly right_frames?: number;
  /** Upstream's switch of training; taken, and of no effect here. */
  readonly requires_grad?: boolean;
  /** Of training, as `requires_grad`; taken, and of no effect here. */
  readonly param_change_factor?: number;
  /** Of training, as `requires_grad`; taken, and of no effect here. */
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
  top_db: 80,
  deltas: false,
  context: false,
  left_frames: 5,
  right_frames: 5,
  requires_grad: false,
  param_change_factor: 1,
  param_rand_factor: 0,
  normalization: 'sentence-mean',
};

/** Smallest power before the logarithm. */
const SMALLEST_POWER = 1e-10;
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
  return recipeFrontEnd(speechbrainRecipe(options, engines));
}

/** {@link speechbrainFbank} frame by frame. */
export function speechbrainRecipe(
  options: SpeechbrainFbankOptions,
  engines: SpectrumEngineFactory,
): Recipe {
  const settings = withDefaults(RECIPE, SPEECHBRAIN_FBANK_DEFAULTS, { ...options });
  checkSettings(settings);
  const { sample_rate: sampleRate, n_fft: size, n_mels: bands } = settings;
  const perMillisecond = sampleRate / 1000;
  const window = centred(
    hammingWindow(roundHalfToEven(perMillisecond * settings.win_length)),
    size,
  );
  const engine = engines(size);
  const filter = melFilter(
    speechbrainMel(
      engine.bins,
      bands,
      sampleRate,
      settings.f_min,
      settings.f_max ?? sampleRate / 2,
      settings.filter_shape,
    ),
  );
  const cut = new Float64Array(size);
  const power = new Float64Array(engine.bins);
  const mel = new Float64Array(bands);
  let loudest = Number.NEGATIVE_INFINITY;

  return {
    name: RECIPE,
    bands,
    sampleRate,
    span: size,
    hop: roundHalfToEven(perMillisecond * settings.hop_length),
    padding: { kind: 'zeros', samples: size / 2 },
    emphasis: 0,
    minimumSamples: 1,
    begin() {
      loudest = Number.NEGATIVE_INFINITY;
    },
    frame(wave, start, out, at) {
      for (let i = 0; i < size; i++) cut[i] = (wave[start + i] ?? 0) * (window[i] ?? 0);
      engine.power(cut, power);
      filter(power, mel);
      for (let band = 0; band < bands; band++) {
        const db = 10 * Math.log10(Math.max(mel[band] ?? 0, SMALLEST_POWER));
        out[at + band] = db;
        if (db > loudest) loudest = db;
      }
    },
    whole: wholeUtterance(settings, () => loudest),
  };
}

/** Everything of the recipe that looks beyond a frame. */
function wholeUtterance(
  settings: Required<SpeechbrainFbankOptions>,
  loudest: () => number,
): WholeUtterance | undefined {
  const { top_db: range, normalization } = settings;
  const reasons = [
    ...(range === null ? [] : ['top_db is measured from the loudest value: give null']),
    ...(settings.deltas ? ['deltas look at later frames: give false'] : []),
    ...(settings.context ? ['context looks at later frames: give false'] : []),
    ...(normalization === 'none'
      ? []
      : [`normalization "${normalization}" is over the whole utterance: give "none"`]),
  ];
  if (reasons.length === 0) return undefined;
  const derivatives = settings.deltas ? 3 : 1;
  const neighbours = settings.context ? settings.left_frames + 1 + settings.right_frames : 1;
  return {
    bands: settings.n_mels * derivatives * neighbours,
    reason: reasons.join('; '),
    apply(given) {
      let features = given;
      if (range !== null) liftTo(features.data, Math.fround(loudest() - range));
      if (settings.deltas) features = withDeltas(features);
      if (settings.context) {
        features = withContext(features, settings.left_frames, settings.right_frames);
      }
      if (normalization !== 'none') {
        const std = normalization === 'sentence-mean-std';
        normalizeSentence(features.data, features.bands, features.frames, std);
      }
      return features;
    },
  };
}

function liftTo(data: Float32Array, floor: number): void {
  for (let i = 0; i < data.length; i++) if ((data[i] ?? 0) < floor) data[i] = floor;
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
  if (settings.top_db !== null) inRange('top_db', settings.top_db, 0, 1000);
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
