import * as v from 'valibot';
import { squeeze, transpose, unsqueeze } from '../../../onnx/index.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import { PROJECTORS, type ProjectorName, project } from '../../layers/projector.js';
import { requireOddKernel, requireRes2 } from '../../layers/res2/require-res2.js';
import { res2Bottleneck } from '../../layers/res2/res2-bottleneck.js';
import { seModule } from '../../layers/se-module.js';
import type { Port, UpstreamModule } from '../../module.js';
import { parseOptions, sizeOption } from '../../options.js';
import { sized } from '../../state-dict.js';
import { channelAttentivePooling } from './channel-attentive-pooling.js';
import { type EspnetEcapaSizes, espnetEcapaEncoder } from './ecapa-encoder.js';

const float32 = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });

/** Upstream takes any other argument and forgets it (`**kwargs`). */
const encoderOptions = v.looseObject({
  input_size: sizeOption,
  block: v.optional(v.literal('EcapaBlock'), 'EcapaBlock'),
  model_scale: v.optional(sizeOption, 8),
  ndim: v.optional(sizeOption, 1024),
  output_size: v.optional(sizeOption, 1536),
});

/** Sizes of an encoder with the class's defaults. */
export function espnetEcapaSizes(config: Readonly<Record<string, unknown>>): EspnetEcapaSizes {
  const o = parseOptions('EcapaTdnnEncoder', encoderOptions, config);
  requireRes2('EcapaTdnnEncoder', { inplanes: o.ndim, planes: o.ndim, scale: o.model_scale });
  return {
    inputSize: sized(o.input_size, 'input_size'),
    ndim: sized(o.ndim, 'ndim'),
    modelScale: o.model_scale,
    outputSize: sized(o.output_size, 'output_size'),
  };
}

const encoder: UpstreamModule = {
  cls: 'espnet2.spk.encoder.ecapa_tdnn_encoder.EcapaTdnnEncoder',
  configure(config) {
    const sizes = espnetEcapaSizes(config);
    const x = float32('x', ['batch', 'frames', sizes.inputSize.size]);
    return {
      description: {
        inputs: [x],
        outputs: [float32('y', ['batch', sizes.outputSize.size, 'frames'])],
        minimumFrames: 1,
        frameAxis: 1,
        featureSize: sizes.inputSize.size,
      },
      build(g, weights) {
        const features = g.input(x.name, 'float32', x.shape);
        const value = espnetEcapaEncoder(g, weights, '', features, sizes);
        g.output('y', transpose(g, value, [0, 2, 1]));
      },
    };
  },
};

const blockOptions = v.strictObject({
  inplanes: sizeOption,
  planes: sizeOption,
  kernel_size: sizeOption,
  dilation: sizeOption,
  scale: v.optional(sizeOption, 8),
});

const ecapaBlock: UpstreamModule = {
  cls: 'espnet2.spk.layers.ecapa_block.EcapaBlock',
  configure(config) {
    const o = parseOptions('EcapaBlock', blockOptions, config);
    requireRes2('EcapaBlock', o);
    requireOddKernel('EcapaBlock', 'kernel_size', o.kernel_size);
    const planes = sized(o.planes, 'planes');
    const sizes = {
      inplanes: sized(o.inplanes, 'inplanes'),
      planes,
      kernelSize: sized(o.kernel_size, 'kernel_size'),
      dilation: o.dilation,
      scale: o.scale,
    };
    const x = float32('x', ['batch', o.inplanes, 'frames']);
    return {
      description: {
        inputs: [x],
        outputs: [float32('y', ['batch', o.planes, 'frames'])],
        minimumFrames: 1,
        frameAxis: 2,
        featureSize: o.inplanes,
      },
      build(g, weights) {
        const input = transpose(g, g.input(x.name, 'float32', x.shape), [0, 2, 1]);
        const weightsFor = uniformWeights(g);
        const value = res2Bottleneck(g, weights, '', input, sizes, (se, y) =>
          seModule(g, weights, se, y, { channels: planes }, weightsFor),
        );
        g.output('y', transpose(g, value, [0, 2, 1]));
      },
    };
  },
};

/** Arguments of ChnAttnStatPooling. */
export const poolingOptions = v.strictObject({
  input_size: v.optional(sizeOption, 1536),
  hidden_size: v.optional(sizeOption, 128),
  use_masking: v.optional(v.boolean(), false),
});

const pooling: UpstreamModule = {
  cls: 'espnet2.spk.pooling.chn_attn_stat_pooling.ChnAttnStatPooling',
  configure(config) {
    const o = parseOptions('ChnAttnStatPooling', poolingOptions, config);
    const sizes = {
      inputSize: sized(o.input_size, 'input_size'),
      hiddenSize: sized(o.hidden_size, 'hidden_size'),
    };
    const x = float32('x', ['batch', o.input_size, 'frames']);
    const mask: Port = { name: 'mask', dtype: 'uint8', shape: ['batch', 'frames'], optional: true };
    return {
      description: {
        inputs: [x, mask],
        outputs: [float32('y', ['batch', 2 * o.input_size])],
        minimumFrames: 1,
        frameAxis: 2,
        featureSize: o.input_size,
      },
      build(g, weights, request) {
        const input = transpose(g, g.input(x.name, 'float32', x.shape), [0, 2, 1]);
        const given = request.inputs.has('mask') ? g.input('mask', 'uint8', mask.shape) : undefined;
        // Without use_masking upstream does not look at a mask that it is given.
        const used = o.use_masking ? given : undefined;
        const pooled = channelAttentivePooling(g, weights, '', input, sizes, used);
        g.output('y', squeeze(g, pooled, 1));
      },
    };
  },
};

/** Arguments of both projectors. */
export const projectorOptions = v.strictObject({ input_size: sizeOption, output_size: sizeOption });

function projectorModule(name: ProjectorName, file: string): UpstreamModule {
  return {
    cls: `espnet2.spk.projector.${file}.${name}`,
    configure(config) {
      const o = parseOptions(name, projectorOptions, config);
      const sizes = {
        inputSize: sized(o.input_size, 'input_size'),
        outputSize: sized(o.output_size, 'output_size'),
      };
      const x = float32('x', ['batch', o.input_size]);
      return {
        description: {
          inputs: [x],
          outputs: [float32('y', ['batch', o.output_size])],
          minimumFrames: 1,
        },
        build(g, weights) {
          const input = unsqueeze(g, g.input(x.name, 'float32', x.shape), 1);
          g.output('y', squeeze(g, project(g, weights, PROJECTORS[name](''), input, sizes), 1));
        },
      };
    },
  };
}

/** The parts of ESPnet's speaker models, each usable as a graph of its own. */
export const espnetSpeakerBlocks: readonly UpstreamModule[] = [
  encoder,
  ecapaBlock,
  pooling,
  projectorModule('SkaTdnnProjector', 'ska_tdnn_projector'),
  projectorModule('RawNet3Projector', 'rawnet3_projector'),
];
