import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import { concat, type GraphBuilder, offsetDim, transpose } from '../../onnx/index.js';
import { activationOption } from '../layers/activations.js';
import { type Affine, joinOwed, settle } from '../layers/affine.js';
import { readBatchNorm } from '../layers/batch-norm.js';
import { convolve, readKernel, takeOwed } from '../layers/convolution/conv1d.js';
import { fewestFrames, lostFrames, requireSameFrames } from '../layers/frames.js';
import type { ConfiguredModule, GraphRequest, Port, UpstreamModule } from '../module.js';
import { dropoutOption, parseOptions, requireMultiple, sizeOption } from '../options.js';
import { type StateDict, sized } from '../state-dict.js';
import { attentiveStatisticsPooling } from './blocks/attentive-statistics-pooling.js';
import {
  ECAPA_TDNN_PACKAGE,
  ecapaTdnnBlocks,
  LENGTHS,
  requestedWeights,
} from './blocks/modules.js';
import { seRes2NetBlock } from './blocks/se-res2net-block.js';
import { tdnnBlock } from './blocks/tdnn-block.js';

const sizes = v.pipe(v.array(sizeOption), v.minLength(3), v.maxLength(64));

const options = v.strictObject({
  input_size: sizeOption,
  device: v.optional(v.string(), 'cpu'),
  lin_neurons: v.optional(sizeOption, 192),
  activation: v.optional(activationOption, 'ReLU'),
  channels: v.optional(sizes, [512, 512, 512, 512, 1536]),
  kernel_sizes: v.optional(sizes, [5, 3, 3, 3, 1]),
  dilations: v.optional(sizes, [1, 2, 3, 4, 1]),
  attention_channels: v.optional(sizeOption, 128),
  res2net_scale: v.optional(sizeOption, 8),
  se_channels: v.optional(sizeOption, 128),
  global_context: v.optional(v.boolean(), true),
  groups: v.optional(sizes, [1, 1, 1, 1, 1]),
  dropout: v.optional(dropoutOption, 0),
});

/** Constructor arguments of SpeechBrain's ECAPA_TDNN with the class's defaults. */
export type EcapaTdnnOptions = v.InferOutput<typeof options>;

/** Sizes of one of the layers: the first TDNN block, the SE-Res2Net blocks, the aggregation. */
function layerOf(o: EcapaTdnnOptions, i: number) {
  const pick = (list: readonly number[], name: string) => sized(list[i] ?? 1, `${name}[${i}]`);
  return {
    outChannels: pick(o.channels, 'channels'),
    kernelSize: pick(o.kernel_sizes, 'kernel_sizes'),
    dilation: o.dilations[i] ?? 1,
    groups: pick(o.groups, 'groups'),
    activation: o.activation,
  };
}

function check(o: EcapaTdnnOptions): void {
  const count = o.channels.length;
  for (const name of ['kernel_sizes', 'dilations'] as const) {
    if (o[name].length === count) continue;
    const message = `ECAPA_TDNN: ${name} has ${o[name].length} entries, channels has ${count}: give one for each layer`;
    throw new VoiceprintError('graph/invalid', message);
  }
  // Upstream reads groups by index and never looks at surplus entries.
  if (o.groups.length < count - 1 || o.groups.length === 0) {
    const message = `ECAPA_TDNN: groups has ${o.groups.length} entries, channels has ${count}: give one for each layer`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const aggregated = (o.channels[count - 2] ?? 0) * (count - 2);
  const joined = o.channels.slice(1, -1).reduce((total, size) => total + size, 0);
  if (joined !== aggregated) {
    const message = `ECAPA_TDNN: channels ${JSON.stringify(o.channels)}: the SE-Res2Net blocks must have equal sizes, since the aggregation takes ${count - 2} times the last`;
    throw new VoiceprintError('graph/invalid', message);
  }
  for (let i = 0; i < count; i++) {
    const { outChannels, kernelSize, dilation, groups } = layerOf(o, i);
    const before = i === 0 ? o.input_size : i === count - 1 ? aggregated : (o.channels[i - 1] ?? 1);
    requireMultiple('ECAPA_TDNN', `the input of layer ${i}`, before, groups.source, groups.size);
    requireMultiple('ECAPA_TDNN', outChannels.source, outChannels.size, groups.source, groups.size);
    if (i === 0 || i === count - 1) continue;
    const { res2net_scale: scale } = o;
    requireMultiple('ECAPA_TDNN', outChannels.source, outChannels.size, 'res2net_scale', scale);
    if (scale > 1) requireSameFrames('ECAPA_TDNN', { kernelSize: kernelSize.size, dilation });
  }
}

/** Spans of the layers in order; an SE-Res2Net block without splits has no kernel over time. */
function chainOf(o: EcapaTdnnOptions) {
  return o.kernel_sizes
    .map((kernelSize, i) => ({ kernelSize, dilation: o.dilations[i] ?? 1, i }))
    .filter(({ i }) => i === 0 || i === o.channels.length - 1 || o.res2net_scale > 1);
}

function descriptionOf(o: EcapaTdnnOptions): ConfiguredModule['description'] {
  const chain = chainOf(o);
  const [first, ...rest] = chain;
  const framesIn = offsetDim('frames', first === undefined ? 0 : -lostFrames(first));
  const framesOut = offsetDim(framesIn, -rest.reduce((sum, span) => sum + lostFrames(span), 0));
  const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
  const last = o.channels.at(-1) ?? 1;
  return {
    inputs: [port('x', ['batch', 'frames', o.input_size]), LENGTHS],
    outputs: [
      port('y', ['batch', 1, o.lin_neurons]),
      ...o.channels.slice(0, -1).map((size, i) => port(`block${i}`, ['batch', size, framesIn])),
      port('mfa', ['batch', last, framesOut]),
      port('asp', ['batch', 2 * last, 1]),
    ],
    minimumFrames: fewestFrames(chain),
    frameAxis: 1,
    embeddingSize: o.lin_neurons,
    featureSize: o.input_size,
  };
}

function build(
  g: GraphBuilder,
  weights: StateDict,
  request: GraphRequest,
  o: EcapaTdnnOptions,
): void {
  const features = g.input('x', 'float32', ['batch', 'frames', o.input_size]);
  const weightsFor = requestedWeights(g, request);
  const show = (name: string, x: Affine) => {
    if (request.outputs.has(name)) g.output(name, transpose(g, settle(g, x), [0, 2, 1]));
  };
  const input = sized(o.input_size, 'input_size');
  const first = { ...layerOf(o, 0), inChannels: input };
  let x: Affine = tdnnBlock(g, weights, 'blocks.0.', { value: features }, first);
  let inChannels = first.outChannels;
  show('block0', x);

  const outputs: Affine[] = [];
  for (let i = 1; i < o.channels.length - 1; i++) {
    const layer = {
      ...layerOf(o, i),
      inChannels,
      res2netScale: o.res2net_scale,
      seChannels: sized(o.se_channels, 'se_channels'),
    };
    x = seRes2NetBlock(g, weights, `blocks.${i}.`, x, layer, weightsFor);
    show(`block${i}`, x);
    outputs.push(x);
    inChannels = layer.outChannels;
  }

  const parts = outputs.map(({ value, shift }, i) => ({
    value,
    owed: shift,
    channels: o.channels[i + 1] ?? 0,
  }));
  const joined = {
    value: concat(
      g,
      outputs.map(({ value }) => value),
      2,
    ),
    shift: joinOwed(parts, 0),
  };
  const aggregation = layerOf(o, o.channels.length - 1);
  const joinedChannels = sized(inChannels.size * outputs.length, 'channels of all blocks');
  x = tdnnBlock(g, weights, 'mfa.', joined, { ...aggregation, inChannels: joinedChannels });
  show('mfa', x);

  const channels = aggregation.outChannels;
  const attentionChannels = sized(o.attention_channels, 'attention_channels');
  const pooling = { channels, attentionChannels, globalContext: o.global_context };
  const pooled = attentiveStatisticsPooling(g, weights, 'asp.', x, pooling, weightsFor);
  show('asp', pooled);
  const pooledChannels = sized(2 * channels.size, `2 * ${channels.source}`);
  const normalized = normalize(pooled, readBatchNorm(weights, 'asp_bn.norm', pooledChannels));
  const kernel = readKernel(weights, 'fc.conv', {
    inChannels: pooledChannels,
    outChannels: sized(o.lin_neurons, 'lin_neurons'),
    kernelSize: sized(1, 'kernel_size'),
    dilation: 1,
    groups: sized(1, 'groups'),
  });
  g.output('y', convolve(g, 'fc', pooled.value, takeOwed(kernel, normalized)));
}

/** BatchNorm of a value that owes a shift: scale (x + owed) + shift. */
function normalize(x: Affine, norm: { scale: Float64Array; shift: Float64Array }): Affine {
  const shift = norm.shift.map((s, i) => s + (norm.scale[i] ?? 1) * (x.shift?.[i] ?? 0));
  return { value: x.value, scale: norm.scale, shift };
}

const wholeModel: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.ECAPA_TDNN`,
  configure(config) {
    const o = parseOptions('ECAPA_TDNN', options, config);
    check(o);
    return {
      description: descriptionOf(o),
      build: (g, weights, request) => build(g, weights, request, o),
    };
  },
};

/**
 * SpeechBrain's ECAPA-TDNN (Desplanques, Thienpondt and Demuynck, Interspeech 2020,
 * https://arxiv.org/abs/2005.07143; upstream: speechbrain/lobes/models/ECAPA_TDNN.py at 9c826ef)
 * and its parts.
 */
export const ecapaTdnn: readonly UpstreamModule[] = [wholeModel, ...ecapaTdnnBlocks];
