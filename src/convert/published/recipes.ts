import type { ConvertConfig } from '../config.js';
import { isYamlMap, mapIn, type YamlMap } from './yaml.js';

const ESPNET_CLASS = 'espnet2.spk.espnet_model.ESPnetSpeakerModel';
const ESPNET_ARGUMENTS = ['frontend', 'encoder', 'pooling', 'projector'];

/** ESPnet's `config.yaml` of a speaker task: the names of the parts and their arguments. */
export function espnetConfig(root: YamlMap): ConvertConfig | undefined {
  if (typeof root.encoder !== 'string' || typeof root.pooling !== 'string') return undefined;
  const names = ESPNET_ARGUMENTS.flatMap((name) => [name, `${name}_conf`]);
  const config = Object.fromEntries(
    [...names, 'input_size'].flatMap((name) => {
      const value = root[name];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
  return { class: ESPNET_CLASS, config };
}

/**
 * WeSpeaker's `config.yaml`: `model`, `model_args` and, under `dataset_args`, Kaldi's fbank with a
 * Hamming window on 16-bit samples (wespeaker/dataset/processor.py). Keys and shapes tell the rest.
 */
export function wespeakerConfig(root: YamlMap): ConvertConfig | undefined {
  if (typeof root.model !== 'string' || !isYamlMap(root.model_args)) return undefined;
  const data = mapIn(root, 'dataset_args');
  const { frontend = 'fbank', cmvn = true, wavform_norm = false, resample_rate } = data;
  if (frontend !== 'fbank') return { config: {} };
  const { num_mel_bins, frame_length, frame_shift, window_type } = mapIn(data, 'fbank_args');
  return {
    config: {},
    frontEnd: {
      recipe: 'kaldi',
      parameters: {
        ...given({ num_mel_bins, frame_length, frame_shift }),
        window_type: window_type ?? 'hamming',
        ...(wavform_norm === true ? { waveform_scale: 1 } : {}),
        normalization: cmvn === false ? 'none' : 'mean',
      },
    },
    ...(typeof resample_rate === 'number' ? { sampleRate: resample_rate } : {}),
  };
}

/** pyannote's `config.yaml`: `model._target_` and the arguments of its Kaldi fbank. */
export function pyannoteConfig(root: YamlMap): ConvertConfig | undefined {
  const model = mapIn(root, 'model');
  if (typeof model._target_ !== 'string' || !/WeSpeaker/.test(model._target_)) return undefined;
  const { num_mel_bins, frame_length, frame_shift, window_type, sample_rate } = model;
  return {
    config: {},
    frontEnd: {
      recipe: 'kaldi',
      parameters: {
        ...given({ num_mel_bins, frame_length, frame_shift }),
        window_type: window_type ?? 'hamming',
        normalization: 'mean',
      },
    },
    ...(typeof sample_rate === 'number' ? { sampleRate: sample_rate } : {}),
  };
}

/**
 * 3D-Speaker's `configuration.json` on ModelScope: `model.type` such as `cam++-sv` and
 * `model.model_config`. Its features are Kaldi's with a Povey window on samples in ±1, minus the
 * mean over time (speakerlab/process/processor.py).
 */
export function threeDSpeakerConfig(root: YamlMap): ConvertConfig | undefined {
  const model = mapIn(root, 'model');
  if (root.task !== 'speaker-verification' || typeof model.type !== 'string') return undefined;
  const { fbank_dim, sample_rate } = mapIn(model, 'model_config');
  return {
    config: {},
    frontEnd: {
      recipe: 'kaldi',
      parameters: {
        ...given({ num_mel_bins: fbank_dim }),
        waveform_scale: 1,
        normalization: 'mean',
      },
    },
    ...(typeof sample_rate === 'number' ? { sampleRate: sample_rate } : {}),
  };
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === 'number'),
  );
}
