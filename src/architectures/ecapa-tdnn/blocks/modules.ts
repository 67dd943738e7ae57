import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import {
  type Dim,
  type GraphBuilder,
  offsetDim,
  transpose,
  type Value,
} from '../../../onnx/index.js';
import { activationOption } from '../../layers/activations.js';
import { type Affine, settle } from '../../layers/affine.js';
import { uniformWeights, type WeightsFor, weightsByLengths } from '../../layers/frame-weights.js';
import { fewestFrames, lostFrames, requireSameFrames, type Span } from '../../layers/frames.js';
import type { ConfiguredModule, GraphRequest, Port, UpstreamModule } from '../../module.js';
import {
  countOption,
  dropoutOption,
  parseOptions,
  requireMultiple,
  sizeOption,
} from '../../options.js';
import { type StateDict, sized } from '../../state-dict.js';
import { attentiveStatisticsPooling } from './attentive-statistics-pooling.js';
import { classifier } from './classifier.js';
import { res2NetBlock } from './res2net-block.js';
import { seBlock } from './se-block.js';
import { seRes2NetBlock } from './se-res2net-block.js';
import { tdnnBlock } from './tdnn-block.js';

/** Where SpeechBrain keeps ECAPA-TDNN. */
export const ECAPA_TDNN_PACKAGE = 'speechbrain.lobes.models.ECAPA_TDNN';

export const LENGTHS: Port = {
  name: 'lengths',
  dtype: 'float32',
  shape: ['batch'],
  optional: true,
};

/** Masks for the `lengths` input where it was asked for. */
export function requestedWeights(g: GraphBuilder, request: GraphRequest): WeightsFor {
  if (!request.inputs.has(LENGTHS.name)) return uniformWeights(g);
  return weightsByLengths(g, g.input(LENGTHS.name, 'float32', LENGTHS.shape));
}

interface FrameModule {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly chain: readonly Span[];
  readonly masked: boolean;
  readonly outputFrames?: Dim;
  readonly body: (g: GraphBuilder, weights: StateDict, x: Affine, weightsFor: WeightsFor) => Affine;
}

/** A block over `[batch, channels, frames]`, upstream's layout, which is ours transposed. */
function frameModule(block: FrameModule): ConfiguredModule {
  const { inChannels, outChannels, chain, masked, body } = block;
  const lost = chain.reduce((total, span) => total + lostFrames(span), 0);
  const frames = block.outputFrames ?? offsetDim('frames', -lost);
  const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', inChannels, 'frames'] };
  const y: Port = { name: 'y', dtype: 'float32', shape: ['batch', outChannels, frames] };
  return {
    description: {
      inputs: masked ? [x, LENGTHS] : [x],
      outputs: [y],
      minimumFrames: fewestFrames(chain),
      frameAxis: 2,
      featureSize: inChannels,
    },
    build(g, weights, request) {
      const input = transpose(g, g.input(x.name, 'float32', x.shape), [0, 2, 1]);
      const result = body(g, weights, { value: input }, requestedWeights(g, request));
      g.output(y.name, transpose(g, settle(g, result), [0, 2, 1]));
    },
  };
}

const tdnnOptions = v.strictObject({
  in_channels: sizeOption,
  out_channels: sizeOption,
  kernel_size: sizeOption,
  dilation: sizeOption,
  activation: v.optional(activationOption, 'ReLU'),
  groups: v.optional(sizeOption, 1),
  dropout: v.optional(dropoutOption, 0),
});

const tdnn: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.TDNNBlock`,
  configure(config) {
    const o = parseOptions('TDNNBlock', tdnnOptions, config);
    requireMultiple('TDNNBlock', 'in_channels', o.in_channels, 'groups', o.groups);
    requireMultiple('TDNNBlock', 'out_channels', o.out_channels, 'groups', o.groups);
    const sizes = {
      inChannels: sized(o.in_channels, 'in_channels'),
      outChannels: sized(o.out_channels, 'out_channels'),
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      dilation: o.dilation,
      groups: sized(o.groups, 'groups'),
      activation: o.activation,
    };
    return frameModule({
      inChannels: o.in_channels,
      outChannels: o.out_channels,
      chain: [{ kernelSize: o.kernel_size, dilation: o.dilation }],
      masked: false,
      body: (g, weights, x) => tdnnBlock(g, weights, '', x, sizes),
    });
  },
};

const res2NetOptions = v.strictObject({
  in_channels: sizeOption,
  out_channels: sizeOption,
  scale: v.optional(sizeOption, 8),
  kernel_size: v.optional(sizeOption, 3),
  dilation: v.optional(sizeOption, 1),
  dropout: v.optional(dropoutOption, 0),
});

const res2Net: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.Res2NetBlock`,
  configure(config) {
    const o = parseOptions('Res2NetBlock', res2NetOptions, config);
    requireMultiple('Res2NetBlock', 'in_channels', o.in_channels, 'scale', o.scale);
    requireMultiple('Res2NetBlock', 'out_channels', o.out_channels, 'scale', o.scale);
    const span = { kernelSize: o.kernel_size, dilation: o.dilation };
    if (o.scale > 1) requireSameFrames('Res2NetBlock', span);
    if (o.scale > 2 && o.in_channels !== o.out_channels) {
      const message = `Res2NetBlock: in_channels ${o.in_channels} and out_channels ${o.out_channels} differ: each group of inputs is added to an output, so they must be equal`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const sizes = {
      inChannels: sized(o.in_channels, 'in_channels'),
      outChannels: sized(o.out_channels, 'out_channels'),
      scale: o.scale,
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      dilation: o.dilation,
    };
    const passed = o.in_channels / o.scale;
    return frameModule({
      inChannels: o.in_channels,
      outChannels: passed + (o.scale - 1) * (o.out_channels / o.scale),
      chain: o.scale > 1 ? [span] : [],
      masked: false,
      body: (g, weights, x) => res2NetBlock(g, weights, '', x, sizes),
    });
  },
};

const seOptions = v.strictObject({
  in_channels: sizeOption,
  se_channels: sizeOption,
  out_channels: sizeOption,
});

const se: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.SEBlock`,
  configure(config) {
    const o = parseOptions('SEBlock', seOptions, config);
    if (o.in_channels !== o.out_channels && o.in_channels !== 1 && o.out_channels !== 1) {
      const message = `SEBlock: out_channels is ${o.out_channels}, but the gate multiplies ${o.in_channels} in_channels: make them equal`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const sizes = {
      inChannels: sized(o.in_channels, 'in_channels'),
      seChannels: sized(o.se_channels, 'se_channels'),
      outChannels: sized(o.out_channels, 'out_channels'),
    };
    return frameModule({
      inChannels: o.in_channels,
      outChannels: Math.max(o.in_channels, o.out_channels),
      chain: [],
      masked: true,
      body: (g, weights, x, weightsFor) => ({
        value: seBlock(g, weights, '', x, sizes, weightsFor),
      }),
    });
  },
};

const seRes2NetOptions = v.strictObject({
  in_channels: sizeOption,
  out_channels: sizeOption,
  res2net_scale: v.optional(sizeOption, 8),
  se_channels: v.optional(sizeOption, 128),
  kernel_size: v.optional(sizeOption, 1),
  dilation: v.optional(sizeOption, 1),
  activation: v.optional(activationOption, 'ReLU'),
  groups: v.optional(sizeOption, 1),
  dropout: v.optional(dropoutOption, 0),
});

const seRes2Net: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.SERes2NetBlock`,
  configure(config) {
    const o = parseOptions('SERes2NetBlock', seRes2NetOptions, config);
    const span = { kernelSize: o.kernel_size, dilation: o.dilation };
    requireMultiple(
      'SERes2NetBlock',
      'out_channels',
      o.out_channels,
      'res2net_scale',
      o.res2net_scale,
    );
    requireMultiple('SERes2NetBlock', 'in_channels', o.in_channels, 'groups', o.groups);
    requireMultiple('SERes2NetBlock', 'out_channels', o.out_channels, 'groups', o.groups);
    if (o.res2net_scale > 1) requireSameFrames('SERes2NetBlock', span);
    const sizes = {
      inChannels: sized(o.in_channels, 'in_channels'),
      outChannels: sized(o.out_channels, 'out_channels'),
      res2netScale: o.res2net_scale,
      seChannels: sized(o.se_channels, 'se_channels'),
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      dilation: o.dilation,
      activation: o.activation,
      groups: sized(o.groups, 'groups'),
    };
    return frameModule({
      inChannels: o.in_channels,
      outChannels: o.out_channels,
      chain: o.res2net_scale > 1 ? [span] : [],
      masked: true,
      body: (g, weights, x, weightsFor) => seRes2NetBlock(g, weights, '', x, sizes, weightsFor),
    });
  },
};

const poolingOptions = v.strictObject({
  channels: sizeOption,
  attention_channels: v.optional(sizeOption, 128),
  global_context: v.optional(v.boolean(), true),
});

const pooling: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.AttentiveStatisticsPooling`,
  configure(config) {
    const o = parseOptions('AttentiveStatisticsPooling', poolingOptions, config);
    const sizes = {
      channels: sized(o.channels, 'channels'),
      attentionChannels: sized(o.attention_channels, 'attention_channels'),
      globalContext: o.global_context,
    };
    return frameModule({
      inChannels: o.channels,
      outChannels: 2 * o.channels,
      outputFrames: 1,
      chain: [],
      masked: true,
      body: (g, weights, x, weightsFor) =>
        attentiveStatisticsPooling(g, weights, '', x, sizes, weightsFor),
    });
  },
};

const classifierOptions = v.strictObject({
  input_size: sizeOption,
  device: v.optional(v.string(), 'cpu'),
  lin_blocks: v.optional(countOption, 0),
  lin_neurons: v.optional(sizeOption, 192),
  out_neurons: v.optional(sizeOption, 1211),
});

const cosineClassifier: UpstreamModule = {
  cls: `${ECAPA_TDNN_PACKAGE}.Classifier`,
  configure(config) {
    const o = parseOptions('Classifier', classifierOptions, config);
    const sizes = {
      inputSize: sized(o.input_size, 'input_size'),
      linBlocks: o.lin_blocks,
      linNeurons: sized(o.lin_neurons, 'lin_neurons'),
      outNeurons: sized(o.out_neurons, 'out_neurons'),
    };
    const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', 1, o.input_size] };
    const y: Port = { name: 'y', dtype: 'float32', shape: ['batch', 1, o.out_neurons] };
    return {
      description: { inputs: [x], outputs: [y], minimumFrames: 1, featureSize: o.input_size },
      build(g, weights) {
        const input: Value = g.input(x.name, 'float32', x.shape);
        g.output(y.name, classifier(g, weights, input, sizes));
      },
    };
  },
};

/** The parts of ECAPA-TDNN, each usable as a graph of its own. */
export const ecapaTdnnBlocks: readonly UpstreamModule[] = [
  tdnn,
  res2Net,
  se,
  seRes2Net,
  pooling,
  cosineClassifier,
];
