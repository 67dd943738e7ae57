import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createFrontEnd } from '../../features/index.js';
import { filesOfZip, type PublishedFiles, readConvertConfig, readPublishedModel } from './index.js';
import { parseYaml, TaggedYaml } from './yaml.js';

const utf8 = new TextEncoder();
const weights = utf8.encode('weights');
const files = (content: Readonly<Record<string, string | Uint8Array>>): PublishedFiles =>
  new Map(
    Object.entries(content).map(([path, value]) => [
      path,
      typeof value === 'string' ? new Blob([value]) : value,
    ]),
  );

const SPEECHBRAIN = `
# Feature parameters
n_mels: 80
pretrained_path: speechbrain/spkrec-ecapa-voxceleb
sample_rate: 16000
out_n_neurons: 7205
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: [1024, 1024, 1024, 1024, 3072]
    kernel_sizes: [5, 3, 3, 3, 1]
    attention_channels: 128
    lin_neurons: 192
classifier: !new:speechbrain.lobes.models.ECAPA_TDNN.Classifier
    out_neurons: !ref <out_n_neurons>
modules:
    embedding_model: !ref <embedding_model>
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
evil: !!python/object/apply:os.system ['echo']
`;
const ESPNET = `
frontend: melspec_torch
frontend_conf: {preemp: true, n_fft: 512, log: true, n_mels: 80, normalize: mn}
encoder: ska_tdnn
encoder_conf: {model_scale: 8, ndim: 1024, ska_dim: 128, output_size: 1536}
pooling: chn_attn_stat
projector: ska_tdnn
projector_conf: {output_size: 192}
specaug: null
optim: adam
`;
const WESPEAKER = `
dataset_args:
  cmvn: true
  fbank_args: {dither: 1.0, frame_length: 25, frame_shift: 10, num_mel_bins: 80}
  resample_rate: 16000
model: ResNet34
model_args: {embed_dim: 256, feat_dim: 80, pooling_func: TSTP, two_emb_layer: false}
`;
const THREE_D = JSON.stringify({
  framework: 'pytorch',
  task: 'speaker-verification',
  model: { type: 'cam++-sv', model_config: { sample_rate: 16000, fbank_dim: 80, emb_size: 192 } },
});
const PYANNOTE = `
task: {}
model:
  _target_: pyannote.audio.models.embedding.WeSpeakerResNet34
  sample_rate: 16000
  num_mel_bins: 80
  frame_length: 25
  frame_shift: 10
  window_type: hamming
`;

describe('a folder as it is published', () => {
  it('of SpeechBrain', async () => {
    const found = await readPublishedModel(
      files({
        'hyperparams.yaml': SPEECHBRAIN,
        'embedding_model.ckpt': weights,
        'mean_var_norm_emb.ckpt': 'mean',
        'classifier.ckpt': 'head',
        'label_encoder.ckpt': 'names',
        'config.json': '{"speechbrain_interface": "SpeakerRecognition"}',
      }),
    );
    expect(found).toMatchObject({
      publisher: 'speechbrain',
      checkpoint: { path: 'embedding_model.ckpt', content: weights },
      config: {
        class: 'speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN',
        config: { input_size: 80, channels: [1024, 1024, 1024, 1024, 3072], lin_neurons: 192 },
        frontEnd: {
          recipe: 'speechbrain',
          parameters: { n_mels: 80, normalization: 'sentence-mean' },
        },
        sampleRate: 16000,
      },
    });
    expect(found.notes.join(' ')).toContain('mean_var_norm_emb');
  });

  it('of ESPnet, packed in a zip', async () => {
    const zip = zipSync({
      'meta.yaml': utf8.encode(
        'files: {spk_model_file: exp/spk/5epoch.pth}\nyaml_files: {spk_train_config: exp/spk/config.yaml}',
      ),
      'exp/spk/5epoch.pth': weights,
      'exp/spk/1epoch.pth': utf8.encode('older'),
      'exp/spk/config.yaml': utf8.encode(ESPNET),
      'exp/spk/images/loss.png': utf8.encode('png'),
    });
    const packed = filesOfZip(zip);
    expect(packed).toBeDefined();
    const found = await readPublishedModel(packed ?? new Map());
    expect(found).toMatchObject({
      publisher: 'espnet',
      checkpoint: { path: 'exp/spk/5epoch.pth' },
      config: {
        class: 'espnet2.spk.espnet_model.ESPnetSpeakerModel',
        config: { encoder: 'ska_tdnn', frontend_conf: { n_mels: 80 }, projector: 'ska_tdnn' },
      },
    });
    expect(found.config?.config).not.toHaveProperty('optim');
  });

  it.each([
    [
      'wespeaker',
      { 'config.yaml': WESPEAKER, 'avg_model.pt': weights },
      { window_type: 'hamming', num_mel_bins: 80, normalization: 'mean' },
    ],
    [
      'pyannote',
      { 'config.yaml': PYANNOTE, 'pytorch_model.bin': weights },
      { window_type: 'hamming', num_mel_bins: 80, normalization: 'mean' },
    ],
    [
      '3d-speaker',
      { 'configuration.json': THREE_D, 'campplus_cn_common.bin': weights, 'README.md': '#' },
      { num_mel_bins: 80, waveform_scale: 1, normalization: 'mean' },
    ],
  ])('of %s', async (publisher, content, parameters) => {
    expect(await readPublishedModel(files(content))).toMatchObject({
      publisher,
      checkpoint: { content: weights },
      config: { frontEnd: { recipe: 'kaldi', parameters }, sampleRate: 16000 },
    });
  });

  it('of Hugging Face', async () => {
    const found = await readPublishedModel(
      files({
        'config.json': '{"architectures": ["WavLMForXVector"]}',
        'model.safetensors': weights,
        'optimizer.bin': 'state',
        'preprocessor_config.json': 'not even JSON',
      }),
    );
    expect(found).toMatchObject({ publisher: 'other', checkpoint: { path: 'model.safetensors' } });
    expect(found.config).toBeUndefined();
  });
});

describe('a configuration alone', () => {
  it.each([
    ['hyperparams.yaml', SPEECHBRAIN, 'speechbrain'],
    ['train.yml', WESPEAKER, 'kaldi'],
    ['3d.json', THREE_D, 'kaldi'],
    [
      'own.json',
      '{"class":"E","ctor":{},"features":{"class":"torchaudio.compliance.kaldi.fbank"}}',
      'kaldi',
    ],
    ['own.yaml', 'class: E\nctor: {}\nfeatures: {class: Fbank}', 'speechbrain'],
    [
      'mel.yaml',
      `sample_rate: 16000
compute_features: !name:speechbrain.lobes.models.Tacotron2.mel_spectogram
    sample_rate: !ref <sample_rate>
    n_mels: 80
    n_fft: 1024
    win_length: 1024
    hop_length: 256
    f_min: 0.0
    f_max: 8000.0
    power: 1
    normalized: False
    min_max_energy_norm: False
    norm: slaney
    mel_scale: slaney
    compression: True
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: 80`,
      'torchaudio',
    ],
  ])('%s tells the features', async (source, text, recipe) => {
    const { frontEnd } = await readConvertConfig(text, source);
    expect(frontEnd?.recipe).toBe(recipe);
    expect(createFrontEnd(frontEnd ?? { recipe: 'espnet', parameters: {} }).bands).toBeGreaterThan(
      0,
    );
  });

  it('of ESPnet tells them in its arguments', async () => {
    const { class: name, config } = await readConvertConfig(ESPNET, 'config.yaml');
    expect(name).toContain('ESPnetSpeakerModel');
    expect(config).toHaveProperty('frontend_conf');
  });

  it.each([
    ['a.json', '{'],
    ['a.yaml', 'a: [1'],
    ['a.yaml', '- 1'],
  ])('%s with %s is refused', async (source, text) => {
    await expect(readConvertConfig(text, source)).rejects.toMatchObject({
      code: 'model/malformed',
    });
  });
});

describe('a folder that does not tell', () => {
  it.each([
    ['without a checkpoint', { 'README.md': 'x' }, 'no checkpoint'],
    ['with two', { 'a.pt': weights, 'b.pt': weights }, '"a.pt", "b.pt"'],
  ])('%s: is refused', async (_what, content, words) => {
    await expect(readPublishedModel(files(content))).rejects.toMatchObject({
      code: 'model/unsupported',
      message: expect.stringContaining(words),
    });
  });

  it('takes the one that is named', async () => {
    const two = files({ 'a.pt': weights, 'b.pt': weights });
    const { checkpoint } = await readPublishedModel(two, { checkpoint: 'b.pt' });
    expect(checkpoint.path).toBe('b.pt');
  });

  it('leaves a checkpoint of torch.save a checkpoint', () => {
    expect(filesOfZip(zipSync({ 'a/data.pkl': weights }))).toBeUndefined();
    expect(filesOfZip(weights)).toBeUndefined();
  });
});

describe('YAML', () => {
  it('keeps tags as data', async () => {
    expect(await parseYaml('a: !new:os.system [rm]\nb: !ref <a>', 'x.yaml')).toEqual({
      a: new TaggedYaml('new:os.system', ['rm']),
      b: new TaggedYaml('ref', '<a>'),
    });
  });

  it.each([
    ['no YAML', 'a: [1'],
    ['aliases that stand for billions', bomb()],
    ['endless nesting', '['.repeat(5000)],
    ['megabytes', `a: ${'x'.repeat(2 ** 20)}`],
  ])('refuses %s', async (_what, text) => {
    await expect(parseYaml(text, 'x.yaml')).rejects.toMatchObject({ code: 'model/malformed' });
  });

  function bomb() {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) {
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
    }
    return lines.join('\n');
  }
});
