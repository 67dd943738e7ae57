import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { meanOverTime, uniformWeights } from '../layers/frame-weights.js';
import { ADDED_VARIANCE, statisticsPooling } from '../layers/pooling/statistics-pooling.js';
import {
  finiteFrames,
  POOLING_NAMES,
  type PoolingName,
  pooledPerChannel,
  wespeakerPooling,
} from '../layers/pooling/wespeaker-pooling.js';
import type { UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';
import { sized } from '../state-dict.js';
import { eres2netBlocks, PACKAGE_3D_SPEAKER, requireSplits } from './blocks/modules.js';
import {
  build,
  describe,
  type Fusion,
  HALVED_FEATURES,
  type Pooling,
  type Settings,
} from './network.js';

/** Dotted names of the classes. */
export const CLASSES = {
  base: `${PACKAGE_3D_SPEAKER}.ERes2Net.ERes2Net`,
  huge: `${PACKAGE_3D_SPEAKER}.ERes2Net_huge.ERes2Net`,
  v2: `${PACKAGE_3D_SPEAKER}.ERes2NetV2.ERes2NetV2`,
  wespeaker: 'wespeaker.models.eres2net.ERes2Net',
} as const;

/** What 3D-Speaker's classes fix and the others take as arguments. */
export const WIDTHS = {
  base: { baseWidth: 32, scale: 2, expansion: 2 },
  huge: { baseWidth: 24, scale: 3, expansion: 4 },
  v2: { baseWidth: 26, scale: 2, expansion: 2 },
} as const;

/** ERes2Net fuses all four layers. */
const ALL_LAYERS: readonly Fusion[] = ['12', '123', '1234'].map((layers, i) => ({
  halve: `layer${i + 1}_downsample`,
  fuse: `fuse_mode${layers}`,
  shown: `fuse${layers}`,
  into: i + 1,
}));

/** ERes2NetV2 fuses the last two. */
const LAST_LAYERS: readonly Fusion[] = [
  { halve: 'layer3_ds', fuse: 'fuse34', shown: 'fuse34', into: 3 },
];

/** 3D-Speaker's poolings that have no weights. */
const pooling3dSpeaker = v.optional(v.picklist(['TSTP', 'TAP']), 'TSTP');

const shared = {
  num_blocks: v.optional(v.pipe(v.array(sizeOption), v.length(4)), [3, 4, 6, 3]),
  feat_dim: v.optional(sizeOption, 80),
  two_emb_layer: v.optional(v.boolean(), false),
};
const widthsWithDefault = ({ baseWidth, scale, expansion }: (typeof WIDTHS)['base' | 'v2']) => ({
  baseWidth: v.optional(sizeOption, baseWidth),
  scale: v.optional(sizeOption, scale),
  expansion: v.optional(sizeOption, expansion),
});
const options3dSpeaker = (channels: number) =>
  v.strictObject({
    ...shared,
    m_channels: v.optional(sizeOption, channels),
    embedding_size: v.optional(sizeOption, 192),
    pooling_func: pooling3dSpeaker,
  });
const optionsV2 = v.strictObject({
  ...options3dSpeaker(64).entries,
  ...widthsWithDefault(WIDTHS.v2),
});
const optionsWespeaker = v.strictObject({
  ...shared,
  ...widthsWithDefault(WIDTHS.base),
  m_channels: sizeOption,
  embed_dim: v.optional(sizeOption, 192),
  pooling_func: v.optional(v.picklist(POOLING_NAMES), 'TSTP'),
});

/** Poolings of 3D-Speaker. */
function speakerlabPooling(name: 'TSTP' | 'TAP'): Pooling {
  if (name === 'TSTP') {
    return {
      perChannel: 2,
      finiteFrames: 2,
      pool: (g, _, x) => statisticsPooling(g, x, ADDED_VARIANCE.speakerlab),
    };
  }
  return {
    perChannel: 1,
    finiteFrames: 1,
    pool: (g, _, x) => meanOverTime(g, x, uniformWeights(g)(x)),
  };
}

/** Poolings of WeSpeaker. */
function poolingOfWespeaker(name: PoolingName): Pooling {
  return {
    perChannel: pooledPerChannel(name),
    finiteFrames: finiteFrames(name, false),
    pool: (g, weights, x, channels) =>
      wespeakerPooling(g, weights, 'pool.', x, name, { channels, globalContext: false }),
  };
}

type Shared = Pick<
  v.InferOutput<typeof optionsV2>,
  'num_blocks' | 'feat_dim' | 'two_emb_layer' | 'm_channels' | 'baseWidth' | 'scale' | 'expansion'
>;

function settingsOf(
  cls: string,
  o: Shared,
  rest: Pick<Settings, 'firstApart' | 'fusions' | 'embedding' | 'pooling'>,
): Settings {
  if (o.feat_dim % HALVED_FEATURES !== 0) {
    const message = `${cls}: feat_dim is ${o.feat_dim}, which is halved three times: give a multiple of ${HALVED_FEATURES}`;
    throw new VoiceprintError('graph/invalid', message);
  }
  requireSplits(cls, o.m_channels, o.baseWidth, 'sum');
  requireSplits(cls, 4 * o.m_channels, o.baseWidth, 'fusion');
  return {
    baseWidth: o.baseWidth,
    scale: o.scale,
    expansion: o.expansion,
    features: o.feat_dim,
    channels: o.m_channels,
    blocks: o.num_blocks,
    twoEmbeddings: o.two_emb_layer,
    ...rest,
  };
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

function fixed3dSpeaker(kind: 'base' | 'huge', channels: number): UpstreamModule {
  const options = options3dSpeaker(channels);
  return moduleOf(CLASSES[kind], (config) => {
    const o = parseOptions('ERes2Net', options, config);
    return settingsOf(
      'ERes2Net',
      { ...o, ...WIDTHS[kind] },
      {
        firstApart: false,
        fusions: ALL_LAYERS,
        embedding: sized(o.embedding_size, 'embedding_size'),
        pooling: speakerlabPooling(o.pooling_func),
      },
    );
  });
}

/**
 * ERes2Net (Chen et al., Interspeech 2023, https://arxiv.org/abs/2305.12838) and ERes2NetV2 (Chen et
 * al., Interspeech 2024, https://arxiv.org/abs/2406.02167) from features to the embedding, and their
 * parts. Upstream: speakerlab/models/eres2net of 3D-Speaker at 09e7806, and
 * wespeaker/models/eres2net.py at dfa7419, the first of them under other keys.
 */
export const eres2net: readonly UpstreamModule[] = [
  fixed3dSpeaker('base', 32),
  fixed3dSpeaker('huge', 64),
  moduleOf(CLASSES.v2, (config) => {
    const o = parseOptions('ERes2NetV2', optionsV2, config);
    return settingsOf('ERes2NetV2', o, {
      firstApart: false,
      fusions: LAST_LAYERS,
      embedding: sized(o.embedding_size, 'embedding_size'),
      pooling: speakerlabPooling(o.pooling_func),
    });
  }),
  moduleOf(CLASSES.wespeaker, (config) => {
    const o = parseOptions('ERes2Net', optionsWespeaker, config);
    return settingsOf('ERes2Net', o, {
      firstApart: true,
      fusions: ALL_LAYERS,
      embedding: sized(o.embed_dim, 'embed_dim'),
      pooling: poolingOfWespeaker(o.pooling_func),
    });
  }),
  ...eres2netBlocks,
];
