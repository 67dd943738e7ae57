import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { conv, type GraphBuilder, relu, squeeze, transpose, type Value } from '../../onnx/index.js';
import { readBatchNorm } from '../layers/batch-norm.js';
import { convolve, readKernel, takeNorm } from '../layers/convolution/conv1d.js';
import { pointwise } from '../layers/convolution/padded-convolution.js';
import { ADDED_VARIANCE, statisticsPooling } from '../layers/pooling/statistics-pooling.js';
import {
  finiteFrames,
  POOLING_NAMES,
  type PoolingName,
  pooledPerChannel,
  wespeakerPooling,
} from '../layers/pooling/wespeaker-pooling.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';
import { type StateDict, sized } from '../state-dict.js';
import { blockChannels, denseBlock, normRelu, transit } from './blocks/dense-block.js';
import { HALVED_FEATURES, head } from './blocks/head.js';
import { campplusBlocks, PACKAGE_3D_SPEAKER } from './blocks/modules.js';
import { segmentsOf } from './blocks/segments.js';

/** Dotted name of 3D-Speaker's class. */
export const CAMPPLUS_3D_SPEAKER = `${PACKAGE_3D_SPEAKER}.DTDNN.CAMPPlus`;
/** Dotted name of WeSpeaker's class. */
export const CAMPPLUS_WESPEAKER = 'wespeaker.models.campplus.CAMPPlus';

/** Channels of the head, whatever else the network has. */
const HEAD_CHANNELS = 32;
/** Residual blocks in each layer of the head. */
const HEAD_BLOCKS = 2;
/** Layers and dilation of the dense blocks, which no argument changes. */
const BLOCKS = [
  { layers: 12, dilation: 1 },
  { layers: 24, dilation: 2 },
  { layers: 16, dilation: 2 },
];

const shared = {
  feat_dim: v.optional(sizeOption, 80),
  growth_rate: v.optional(sizeOption, 32),
  bn_size: v.optional(sizeOption, 4),
  init_channels: v.optional(sizeOption, 128),
  config_str: v.optional(v.literal('batchnorm-relu'), 'batchnorm-relu'),
};
const options3dSpeaker = v.strictObject({
  ...shared,
  embedding_size: v.optional(sizeOption, 512),
  memory_efficient: v.optional(v.boolean(), true),
});
const optionsWespeaker = v.strictObject({
  ...shared,
  embed_dim: v.optional(sizeOption, 512),
  pooling_func: v.optional(v.picklist(POOLING_NAMES), 'TSTP'),
});

/** What a network is made with, whichever project it is of. */
interface Settings {
  readonly features: number;
  readonly growth: number;
  readonly bottleneck: number;
  readonly initial: number;
  readonly embedding: { readonly size: number; readonly source: string };
  /** undefined = 3D-Speaker's `StatsPool`. */
  readonly pooling: PoolingName | undefined;
}

type Shared = Pick<
  v.InferOutput<typeof options3dSpeaker>,
  'feat_dim' | 'growth_rate' | 'bn_size' | 'init_channels'
>;

function settingsOf(
  o: Shared,
  embedding: Settings['embedding'],
  pooling: Settings['pooling'],
): Settings {
  if (o.feat_dim % HALVED_FEATURES !== 0) {
    const message = `CAMPPlus: feat_dim is ${o.feat_dim}, which is halved three times: give a multiple of ${HALVED_FEATURES}`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const bottleneck = o.bn_size * o.growth_rate;
  return {
    features: o.feat_dim,
    growth: o.growth_rate,
    bottleneck,
    initial: o.init_channels,
    embedding,
    pooling,
  };
}

/** Sizes of the dense blocks and of what is behind each. */
function planOf({ growth, bottleneck, initial }: Settings) {
  let inChannels = sized(initial, 'init_channels');
  return BLOCKS.map(({ layers, dilation }, i) => {
    const sizes = {
      layers,
      dilation,
      inChannels,
      growth: sized(growth, 'growth_rate'),
      bottleneck: sized(bottleneck, 'bn_size * growth_rate'),
    };
    const joined = blockChannels(sizes);
    inChannels = sized(Math.floor(joined.size / 2), `half of block${i + 1}`);
    return { name: `${i + 1}`, sizes, joined, halved: inChannels };
  });
}

/** Name of the axis that the first convolution over time halves: `ceil(frames / 2)`. */
const HALF_FRAMES = '(frames-1)/2+1';

function describe(s: Settings): ConfiguredModule['description'] {
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  const plan = planOf(s);
  const pooled = (plan.at(-1)?.halved.size ?? 1) * perChannel(s);
  return {
    inputs: [port('x', ['batch', 'frames', s.features])],
    outputs: [
      port('emb', ['batch', s.embedding.size]),
      port('head', ['batch', (HEAD_CHANNELS * s.features) / HALVED_FEATURES, 'frames']),
      port('tdnn', ['batch', s.initial, HALF_FRAMES]),
      ...plan.flatMap(({ name, joined, halved }) => [
        port(`block${name}`, ['batch', joined.size, HALF_FRAMES]),
        port(`transit${name}`, ['batch', halved.size, HALF_FRAMES]),
      ]),
      port('stats', ['batch', pooled]),
    ],
    minimumFrames: 1,
    // The deviation is over every other frame.
    finiteFrames: s.pooling === undefined || finiteFrames(s.pooling, false) > 1 ? 3 : 1,
    frameAxis: 1,
    embeddingSize: s.embedding.size,
    featureSize: s.features,
  };
}

function perChannel({ pooling }: Settings): number {
  return pooling === undefined ? 2 : pooledPerChannel(pooling);
}

function build(g: GraphBuilder, weights: StateDict, s: Settings): void {
  // The classifier of WeSpeaker's training, and its pooling's second name for the same tensors.
  weights.skip((key) => key.startsWith('projection.') || key.startsWith('pool.'));
  const x = g.input('x', 'float32', ['batch', 'frames', s.features]);
  const show = (name: string, value: Value) => g.output(name, transpose(g, value, [0, 2, 1]));
  const image = head(g, weights, 'head.', transpose(g, x, [0, 2, 1]), {
    channels: sized(HEAD_CHANNELS, '32'),
    blocks: HEAD_BLOCKS,
    features: s.features,
  });
  g.output('head', image);
  let value = halveFrames(g, weights, image, s);
  show('tdnn', value);
  const segments = segmentsOf(g, value);
  const plan = planOf(s);
  for (const { name, sizes, joined, halved } of plan) {
    value = denseBlock(g, weights, `xvector.block${name}.`, value, sizes, segments);
    show(`block${name}`, value);
    value = transit(g, weights, `xvector.transit${name}.`, value, joined, halved);
    show(`transit${name}`, value);
  }
  const channels = plan.at(-1)?.halved ?? sized(1, '1');
  value = normRelu(g, weights, 'xvector.out_nonlinear.batchnorm', value, channels);
  const stats =
    s.pooling === undefined
      ? statisticsPooling(g, value, ADDED_VARIANCE.none, () => segments.uniform)
      : wespeakerPooling(g, weights, 'xvector.stats.', value, s.pooling, {
          channels,
          globalContext: false,
        });
  g.output('stats', squeeze(g, stats, 1));
  const from = sized(channels.size * perChannel(s), 'what is pooled');
  const to = sized(s.embedding.size, s.embedding.source);
  const dense = takeNorm(
    readKernel(weights, 'xvector.dense.linear', pointwise(from, to), false),
    readBatchNorm(weights, 'xvector.dense.nonlinear.batchnorm', to, {
      epsilon: 1e-5,
      affine: false,
    }),
  );
  // Its rounding goes into the embedding as it is, with nothing behind that would average it.
  const embedding = convolve(g, 'xvector.dense', stats, dense, { coarsest: 'fp16' });
  g.output('emb', squeeze(g, embedding, 1));
}

/**
 * `xvector.tdnn`: five frames to one, every other one of them, with BatchNorm and ReLU; from
 * `[batch, channels, frames]` to `[batch, frames, channels]`.
 */
function halveFrames(g: GraphBuilder, weights: StateDict, x: Value, s: Settings): Value {
  const from = sized((HEAD_CHANNELS * s.features) / HALVED_FEATURES, '32 * feat_dim / 8');
  const to = sized(s.initial, 'init_channels');
  const sizes = { ...pointwise(from, to), kernelSize: sized(5, '5') };
  const { weight, bias } = takeNorm(
    readKernel(weights, 'xvector.tdnn.linear', sizes, false),
    readBatchNorm(weights, 'xvector.tdnn.nonlinear.batchnorm', to),
  );
  const kernel = g.weight('xvector.tdnn.weight', weight, [to.size, from.size, 5], 0);
  const offsets = g.constant('xvector.tdnn.bias', bias, [to.size]);
  const convolved = conv(g, x, kernel, offsets, { strides: [2], pads: [2, 2] });
  return transpose(g, relu(g, convolved), [0, 2, 1]);
}

function moduleOf(
  cls: string,
  settings: (config: Readonly<Record<string, unknown>>) => Settings,
): UpstreamModule {
  return {
    cls,
    configure(config) {
      const s = settings(config);
      return { description: describe(s), build: (g, weights) => build(g, weights, s) };
    },
  };
}

/**
 * CAM++ (Wang et al., Interspeech 2023, https://arxiv.org/abs/2303.00332) from features to the
 * embedding, and its parts. Upstream: speakerlab/models/campplus of 3D-Speaker at 09e7806, and
 * wespeaker/models/campplus.py at dfa7419, which has the same weights under the same keys.
 */
export const campplus: readonly UpstreamModule[] = [
  moduleOf(CAMPPLUS_3D_SPEAKER, (config) => {
    const o = parseOptions('CAMPPlus', options3dSpeaker, config);
    return settingsOf(o, { size: o.embedding_size, source: 'embedding_size' }, undefined);
  }),
  moduleOf(CAMPPLUS_WESPEAKER, (config) => {
    const o = parseOptions('CAMPPlus', optionsWespeaker, config);
    return settingsOf(o, { size: o.embed_dim, source: 'embed_dim' }, o.pooling_func);
  }),
  ...campplusBlocks,
];
