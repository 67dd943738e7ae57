import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import {
  add,
  concat,
  type GraphBuilder,
  relu,
  squeeze,
  transpose,
  type Value,
} from '../../onnx/index.js';
import { type Affine, settle } from '../layers/affine.js';
import { readKernel } from '../layers/convolution/conv1d.js';
import {
  convolvePadded,
  convReluNorm,
  pointwise,
  readLinear,
} from '../layers/convolution/padded-convolution.js';
import { uniformWeights, type WeightsFor } from '../layers/frame-weights.js';
import {
  finiteFrames,
  POOLING_NAMES,
  pooledPerChannel,
  wespeakerPooling,
} from '../layers/pooling/wespeaker-pooling.js';
import { project } from '../layers/projector.js';
import { res2Chain } from '../layers/res2/res2-chain.js';
import { squeezeExcite } from '../layers/squeeze-excitation.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';
import { type Size, type StateDict, sized } from '../state-dict.js';

const PACKAGE = 'wespeaker.models.ecapa_tdnn';
/** Dotted name of WeSpeaker's class. */
export const WESPEAKER_ECAPA_TDNN = `${PACKAGE}.ECAPA_TDNN`;

const options = v.strictObject({
  channels: v.optional(sizeOption, 512),
  feat_dim: v.optional(sizeOption, 80),
  embed_dim: v.optional(sizeOption, 192),
  pooling_func: v.optional(v.picklist(POOLING_NAMES), 'ASTP'),
  global_context_att: v.optional(v.boolean(), false),
  emb_bn: v.optional(v.boolean(), false),
});

/** Constructor arguments of WeSpeaker's ECAPA_TDNN with the class's defaults. */
type Options = v.InferOutput<typeof options>;

const SCALE = 8;
const DILATIONS = [2, 3, 4];
/** Channels that are pooled, whatever the blocks have. */
const POOLED_CHANNELS = 512 * 3;

function configure(config: Readonly<Record<string, unknown>>): ConfiguredModule {
  const o = parseOptions('ECAPA_TDNN', options, config);
  if (o.channels % SCALE !== 0) {
    const message = `ECAPA_TDNN: channels is ${o.channels}: give a multiple of ${SCALE}`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  const x = port('x', ['batch', 'frames', o.feat_dim]);
  return {
    description: {
      inputs: [x],
      outputs: [port('emb', ['batch', o.embed_dim]), port('out4', ['batch', o.channels, 'frames'])],
      minimumFrames: 1,
      finiteFrames: finiteFrames(o.pooling_func, o.global_context_att),
      frameAxis: 1,
      embeddingSize: o.embed_dim,
      featureSize: o.feat_dim,
    },
    build(g, weights) {
      // A whole checkpoint also holds the classifier that the model was trained with.
      weights.skip((key) => key.startsWith('projection.'));
      build(g, weights, g.input(x.name, 'float32', x.shape), o);
    },
  };
}

function build(g: GraphBuilder, weights: StateDict, x: Value, o: Options): void {
  const weightsFor = uniformWeights(g);
  const channels = sized(o.channels, 'channels');
  const first = {
    ...pointwise(sized(o.feat_dim, 'feat_dim'), channels),
    kernelSize: sized(5, '5'),
  };
  const keys = { conv: 'layer1.conv', norm: 'layer1.bn' };
  let value = settle(g, convReluNorm(g, weights, keys, { value: x }, first));
  const outputs = DILATIONS.map((dilation, i) => {
    const place = `layer${i + 2}.se_res2block.`;
    value = add(g, value, block(g, weights, place, value, { channels, dilation }, weightsFor));
    return value;
  });
  g.output('out4', transpose(g, value, [0, 2, 1]));
  const joined = sized(3 * o.channels, '3 * channels');
  const pooledChannels = sized(POOLED_CHANNELS, '512 * 3');
  const kernel = readKernel(weights, 'conv', pointwise(joined, pooledChannels));
  const aggregated = relu(g, convolvePadded(g, 'conv', { value: concat(g, outputs, 2) }, kernel));
  const pooled = wespeakerPooling(g, weights, 'pool.', aggregated, o.pooling_func, {
    channels: pooledChannels,
    globalContext: o.global_context_att,
  });
  const names = { norm: 'bn', linear: 'linear' };
  const embedding = project(
    g,
    weights,
    o.emb_bn ? { ...names, outputNorm: 'bn2' } : names,
    pooled,
    {
      inputSize: sized(POOLED_CHANNELS * pooledPerChannel(o.pooling_func), 'what is pooled'),
      outputSize: sized(o.embed_dim, 'embed_dim'),
    },
  );
  g.output('emb', squeeze(g, embedding, 1));
}

/** One SE-Res2Block without its residual. */
function block(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { channels, dilation }: { readonly channels: Size; readonly dilation: number },
  weightsFor: WeightsFor,
): Value {
  const outer = (i: number, input: Affine) => {
    const keys = { conv: `${prefix}${i}.conv`, norm: `${prefix}${i}.bn` };
    return convReluNorm(g, weights, keys, input, pointwise(channels, channels));
  };
  const width = channels.size / SCALE;
  const group = sized(width, `channels / ${SCALE}`);
  const mixed = res2Chain(g, outer(0, { value: x }), { width, scale: SCALE }, (input, i) => {
    const keys = { conv: `${prefix}1.convs.${i}`, norm: `${prefix}1.bns.${i}` };
    const sizes = { ...pointwise(group, group), kernelSize: sized(3, '3'), dilation };
    return convReluNorm(g, weights, keys, input, sizes);
  });
  const bottleneck = sized(128, 'se_bottleneck_dim');
  const layers = {
    squeeze: readLinear(weights, `${prefix}3.linear1`, channels, bottleneck),
    excite: readLinear(weights, `${prefix}3.linear2`, bottleneck, channels),
    bottleneck,
  };
  return squeezeExcite(g, weights, `${prefix}3`, outer(2, mixed), layers, weightsFor);
}

/** The functions of upstream's recipes: the class with some arguments set. */
const presets: readonly UpstreamModule[] = [512, 1024].flatMap((channels) =>
  [false, true].map((global_context_att) => ({
    cls: `${PACKAGE}.ECAPA_TDNN${global_context_att ? '_GLOB' : ''}_c${channels}`,
    configure: (config) => configure({ ...config, channels, global_context_att }),
  })),
);

/**
 * WeSpeaker's ECAPA-TDNN from features to the embedding.
 * Upstream: wespeaker/models/ecapa_tdnn.py and pooling_layers.py at dfa7419.
 */
export const wespeakerEcapaTdnn: readonly UpstreamModule[] = [
  { cls: WESPEAKER_ECAPA_TDNN, configure },
  ...presets,
];
