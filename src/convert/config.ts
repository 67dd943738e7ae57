import * as v from 'valibot';
import { VoiceprintError } from '../errors.js';
import type { Manifest } from '../models/manifest.js';

/** What a configuration file says about a checkpoint. */
export interface ConvertConfig {
  /** Dotted name of the upstream class, if the file gives one. */
  readonly class?: string;
  /** Constructor arguments under their upstream names. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Features that the encoder was trained on; undefined where the file does not say. */
  readonly frontEnd?: Manifest['frontEnd'];
  /** In Hz. */
  readonly sampleRate?: number;
}

const parameters = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const wholeSchema = v.object({
  class: v.string(),
  ctor: parameters,
  features: v.exactOptional(
    v.object({
      class: v.string(),
      ctor: v.exactOptional(parameters, {}),
      normalization: v.exactOptional(
        v.object({ norm_type: v.string(), std_norm: v.exactOptional(v.boolean(), true) }),
      ),
    }),
  ),
  sample_rate: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

type Features = NonNullable<v.InferOutput<typeof wholeSchema>['features']>;

/**
 * Reads the JSON of `--config`: either `{ class, ctor, features?, sample_rate? }` or the bare
 * constructor arguments.
 *
 * @throws VoiceprintError `model/malformed` that names the field, `model/unsupported` for features
 *   that no recipe here computes.
 */
export function parseConvertConfig(json: unknown, source = 'the configuration'): ConvertConfig {
  if (!v.is(parameters, json)) {
    throw malformed(source, 'it is not a JSON object');
  }
  if (!('ctor' in json) && !('class' in json)) return { config: json };
  const result = v.safeParse(wholeSchema, json);
  if (!result.success) {
    const field = v.getDotPath(result.issues[0]) ?? 'class';
    throw malformed(source, `its field "${field}" is missing or of the wrong type`);
  }
  const { class: name, ctor, features, sample_rate } = result.output;
  return {
    class: name,
    config: ctor,
    ...(features === undefined ? {} : { frontEnd: frontEndOf(features) }),
    ...(sample_rate === undefined ? {} : { sampleRate: sample_rate }),
  };
}

function frontEndOf({ class: name, ctor, normalization }: Features): Manifest['frontEnd'] {
  const kind = name.split('.').at(-1);
  if (kind === 'Fbank') {
    return {
      recipe: 'speechbrain',
      parameters: { ...ctor, normalization: normalizationOf(normalization) },
    };
  }
  if (kind === 'MelSpectrogramTorch') return { recipe: 'espnet', parameters: ctor };
  if (kind === 'MelSpectrogram' || kind === 'mel_spectogram') {
    return { recipe: 'torchaudio', parameters: melSpectrogram(ctor, normalization) };
  }
  // speakerlab.process.processor.FBank: samples in ±1.
  if (kind === 'FBank') {
    const { n_mels = 80, mean_nor = false } = ctor;
    const mean = mean_nor === true ? 'mean' : meanOnly(normalization);
    return {
      recipe: 'kaldi',
      parameters: { num_mel_bins: n_mels, waveform_scale: 1, normalization: mean },
    };
  }
  if (kind === 'fbank') {
    const { dither: _dither, sample_frequency: _rate, ...known } = ctor;
    // torchaudio reads samples in ±1 and scales nothing.
    const parameters = { waveform_scale: 1, normalization: meanOnly(normalization) };
    return { recipe: 'kaldi', parameters: { ...parameters, ...known } };
  }
  throw new VoiceprintError(
    'model/unsupported',
    `the features "${name}" are not known; use Fbank (SpeechBrain), MelSpectrogramTorch (ESPnet), torchaudio.transforms.MelSpectrogram, FBank (3D-Speaker) or torchaudio.compliance.kaldi.fbank`,
  );
}

/** Arguments of torchaudio's class, or of SpeechBrain's `mel_spectogram`, which gives a logarithm. */
function melSpectrogram(
  { normalized, compression, min_max_energy_norm, ...known }: Features['ctor'],
  normalization: Features['normalization'],
): Readonly<Record<string, unknown>> {
  if (normalized === true || min_max_energy_norm === true) {
    throw new VoiceprintError(
      'model/unsupported',
      'a mel spectrogram that is "normalized" is not computed here; leave that out',
    );
  }
  return {
    normalization: meanOnly(normalization),
    ...(compression === true ? { log_floor: 1e-5 } : {}),
    ...known,
  };
}

function meanOnly(normalization: Features['normalization']): string {
  const found = normalizationOf(normalization);
  if (found === 'none') return found;
  if (found === 'sentence-mean') return 'mean';
  throw new VoiceprintError(
    'model/unsupported',
    'such features are normalized by the mean only here; give std_norm false',
  );
}

function normalizationOf(normalization: Features['normalization']): string {
  if (normalization === undefined) return 'none';
  const { norm_type, std_norm } = normalization;
  if (norm_type !== 'sentence') {
    throw new VoiceprintError(
      'model/unsupported',
      `the normalization "${norm_type}" needs statistics of the training data; only "sentence" is read`,
    );
  }
  return std_norm ? 'sentence-mean-std' : 'sentence-mean';
}

function malformed(source: string, what: string): VoiceprintError {
  return new VoiceprintError(
    'model/malformed',
    `${source} is not understood: ${what}; give {"class", "ctor"} or the constructor arguments alone`,
  );
}
