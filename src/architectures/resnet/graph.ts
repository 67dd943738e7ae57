import * as v from 'valibot';
import { blockModule, blockSizes } from '../layers/residual/block-module.js';
import { basicBlock, bottleneck, EXPANSION } from '../layers/residual/residual-block.js';
import type { UpstreamModule } from '../module.js';
import { parseOptions } from '../options.js';
import { encoder } from './blocks/encoder.js';
import {
  NETWORKS,
  PYANNOTE_PRESETS,
  pyannoteOptions,
  pyannotePresetOptions,
  wespeakerOptions,
  wespeakerPresetOptions,
} from './blocks/options.js';

const PACKAGE = 'wespeaker.models.resnet';
const PYANNOTE = 'pyannote.audio.models.embedding.wespeaker';
/** Dotted name of WeSpeaker's class. */
export const RESNET_WESPEAKER = `${PACKAGE}.ResNet`;
/** Dotted name of pyannote's copy of it. */
export const RESNET_PYANNOTE = `${PYANNOTE}.resnet.ResNet`;

/** Dotted name of a function of WeSpeaker's recipes, or of a model of pyannote. */
export const wespeakerPreset = (name: string): string => `${PACKAGE}.${name}`;
export const pyannotePreset = (name: string): string => `${PYANNOTE}.WeSpeaker${name}`;

const network: UpstreamModule = {
  cls: RESNET_WESPEAKER,
  configure: (config) => encoder(parseOptions('ResNet', wespeakerOptions, config), 'wespeaker'),
};

const presets: readonly UpstreamModule[] = Object.entries(NETWORKS).map(([name, sizes]) => ({
  cls: wespeakerPreset(name),
  configure(config) {
    const o = parseOptions(name, wespeakerPresetOptions, config);
    return encoder({ ...o, ...sizes, m_channels: 32 }, 'wespeaker');
  },
}));

const pyannote: UpstreamModule = {
  cls: RESNET_PYANNOTE,
  configure: (config) => encoder(parseOptions('ResNet', pyannoteOptions, config), 'none'),
};

const pyannotePresets: readonly UpstreamModule[] = PYANNOTE_PRESETS.map((name) => ({
  cls: pyannotePreset(name),
  configure(config) {
    const { num_mel_bins } = parseOptions(`WeSpeaker${name}`, pyannotePresetOptions, config);
    const sizes = {
      ...NETWORKS[name],
      m_channels: 32,
      feat_dim: num_mel_bins,
      embed_dim: 256,
      pooling_func: 'TSTP',
      two_emb_layer: false,
    } as const;
    return encoder(sizes, 'none');
  },
}));

const options = v.strictObject(blockSizes);
const blocks = [
  { name: 'BasicBlock', block: basicBlock({ shortcut: 'shortcut' }) },
  { name: 'Bottleneck', block: bottleneck },
] as const;

/**
 * ResNet (Zeinali et al., https://arxiv.org/abs/1910.12592) from features to the embedding, and its
 * blocks. Upstream: wespeaker/models/resnet.py at dfa7419 and its copy in pyannote.audio 3.3.2,
 * pyannote/audio/models/embedding/wespeaker, which differs in the pooling.
 */
export const resnet: readonly UpstreamModule[] = [
  network,
  ...presets,
  pyannote,
  ...pyannotePresets,
  ...blocks.map(({ name, block }) =>
    blockModule({ cls: wespeakerPreset(name), options, expansion: EXPANSION[name], block }),
  ),
];
