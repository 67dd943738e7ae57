import * as v from 'valibot';
import { squeeze } from '../../onnx/index.js';
import { convolve } from '../layers/convolution/conv1d.js';
import { readLinear } from '../layers/convolution/padded-convolution.js';
import { attentivePooling } from '../layers/pooling/attentive-pooling.js';
import { blockModule, blockSizes } from '../layers/residual/block-module.js';
import { basicBlock } from '../layers/residual/residual-block.js';
import {
  frameSize,
  HALVED,
  layerPorts,
  type ResidualNetwork,
  residualNetwork,
} from '../layers/residual/residual-network.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../module.js';
import { dropoutOption, parseOptions, requireMultiple, sizeOption } from '../options.js';
import { sized } from '../state-dict.js';
import { simam } from './blocks/simam.js';

const PACKAGE = 'wespeaker.models.samresnet';

/** Dotted names of WeSpeaker's classes and the blocks of their four layers. */
export const SIMAM_NETWORKS = [
  { cls: `${PACKAGE}.SimAM_ResNet34_ASP`, blocks: [3, 4, 6, 3] },
  { cls: `${PACKAGE}.SimAM_ResNet100_ASP`, blocks: [6, 16, 24, 3] },
] as const;

const options = v.strictObject({
  in_planes: v.optional(sizeOption, 64),
  embed_dim: v.optional(sizeOption, 256),
  acoustic_dim: v.optional(sizeOption, 80),
  dropout: v.optional(dropoutOption, 0),
});

const block = basicBlock({ shortcut: 'downsample', attend: simam });

/** Hidden layer of the attention, and the least variance that its deviation is taken of. */
const ATTENTION = { hidden: 128, variance: { low: 1e-5 } };

function configure(
  cls: string,
  blocks: readonly number[],
  config: Readonly<Record<string, unknown>>,
): ConfiguredModule {
  const name = cls.split('.').at(-1) ?? cls;
  const o = parseOptions(name, options, config);
  requireMultiple(name, 'acoustic_dim', o.acoustic_dim, 'what the strides halve it to', HALVED);
  const network: ResidualNetwork = {
    channels: sized(o.in_planes, 'in_planes'),
    blocks,
    expansion: 1,
    bands: o.acoustic_dim,
    block,
  };
  const port = (id: string, shape: Port['shape']): Port => ({ name: id, dtype: 'float32', shape });
  const x = port('x', ['batch', 'frames', o.acoustic_dim]);
  const channels = sized(frameSize(network), 'in_planes * acoustic_dim');
  return {
    description: {
      inputs: [x],
      outputs: [
        port('emb', ['batch', o.embed_dim]),
        ...layerPorts(network),
        port('stats', ['batch', 2 * channels.size]),
      ],
      minimumFrames: 1,
      // Frequencies alone are several pixels, unless three strides leave one of one frame.
      finiteFrames: o.acoustic_dim === HALVED ? HALVED + 1 : 1,
      frameAxis: 1,
      embeddingSize: o.embed_dim,
      featureSize: o.acoustic_dim,
    },
    build(g, weights) {
      // The classifier that the network was trained with.
      weights.skip((key) => key.startsWith('projection.'));
      const features = g.input('x', 'float32', x.shape);
      const frames = residualNetwork(g, weights, 'front.', features, network);
      const stats = attentivePooling(g, weights, 'pooling.', frames, {
        channels,
        hidden: sized(ATTENTION.hidden, '128'),
        keys: { first: 'attention.0', norm: 'attention.2', second: 'attention.3' },
        tanh: false,
        variance: ATTENTION.variance,
      });
      g.output('stats', squeeze(g, stats, 1));
      const from = sized(2 * channels.size, 'what is pooled');
      const linear = readLinear(weights, 'bottleneck', from, sized(o.embed_dim, 'embed_dim'));
      // Its rounding goes into the embedding as it is, with nothing behind that would average it.
      const embedding = convolve(g, 'bottleneck', stats, linear, { coarsest: 'fp16' });
      g.output('emb', squeeze(g, embedding, 1));
    },
  };
}

const blockOptions = v.strictObject({
  ...blockSizes,
  ConvLayer: v.optional(v.literal('Conv2d'), 'Conv2d'),
  NormLayer: v.optional(v.literal('BatchNorm2d'), 'BatchNorm2d'),
  block_id: v.optional(sizeOption, 1),
});

/**
 * SimAM-ResNet (Qin et al., ICASSP 2022, https://arxiv.org/abs/2205.12732) from features to the
 * embedding, and its block. Upstream: wespeaker/models/samresnet.py and pooling_layers.py at
 * dfa7419.
 */
export const simamResnet: readonly UpstreamModule[] = [
  ...SIMAM_NETWORKS.map(({ cls, blocks }) => ({
    cls,
    configure: (config: Readonly<Record<string, unknown>>) => configure(cls, blocks, config),
  })),
  blockModule({
    cls: `${PACKAGE}.SimAMBasicBlock`,
    options: blockOptions,
    expansion: 1,
    block,
  }),
];
