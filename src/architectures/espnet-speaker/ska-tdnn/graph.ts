import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import { transpose } from '../../../onnx/index.js';
import { requireRes2 } from '../../layers/res2/require-res2.js';
import type { Port, UpstreamModule } from '../../module.js';
import { parseOptions, sizeOption } from '../../options.js';
import { sized } from '../../state-dict.js';
import { type SkaTdnnSizes, skaTdnnEncoder } from './encoder.js';
import { skaTdnnBlocks } from './modules.js';
import { SKA_TDNN_PACKAGE } from './package-name.js';
import { skAttentionModule } from './sk-attention-module.js';

/** Upstream takes any other argument and forgets it (`**kwargs`). */
const options = v.looseObject({
  input_size: sizeOption,
  block: v.optional(v.literal('Bottle2neck'), 'Bottle2neck'),
  ndim: v.optional(sizeOption, 1024),
  model_scale: v.optional(sizeOption, 8),
  skablock: v.optional(v.literal('ResBlock'), 'ResBlock'),
  ska_dim: v.optional(sizeOption, 128),
  output_size: v.optional(sizeOption, 1536),
});

/** Sizes of an encoder with the class's defaults. */
export function skaTdnnSizes(config: Readonly<Record<string, unknown>>): SkaTdnnSizes {
  const o = parseOptions('SkaTdnnEncoder', options, config);
  if (o.input_size % 4 !== 0) {
    const message = `SkaTdnnEncoder: input_size is ${o.input_size}, which is halved twice: give a multiple of 4`;
    throw new VoiceprintError('graph/invalid', message);
  }
  requireRes2('SkaTdnnEncoder', { inplanes: o.ndim, planes: o.ndim, scale: o.model_scale });
  return {
    inputSize: sized(o.input_size, 'input_size'),
    ndim: sized(o.ndim, 'ndim'),
    modelScale: o.model_scale,
    skaDim: sized(o.ska_dim, 'ska_dim'),
    outputSize: sized(o.output_size, 'output_size'),
  };
}

/** Name of the axis that the second convolution halves: `ceil(frames / 2)`. */
export const HALF_FRAMES = '(frames-1)/2+1';

const encoder: UpstreamModule = {
  cls: `${SKA_TDNN_PACKAGE}.SkaTdnnEncoder`,
  configure(config) {
    const sizes = skaTdnnSizes(config);
    const [input, dim] = [sizes.inputSize.size, sizes.skaDim.size];
    const port = (name: string, shape: Port['shape']): Port => ({ name, dtype: 'float32', shape });
    const x = port('x', ['batch', 'frames', input]);
    return {
      description: {
        inputs: [x],
        outputs: [
          port('y', ['batch', sizes.outputSize.size, HALF_FRAMES]),
          port('frt1', ['batch', dim, input / 2, 'frames']),
          port('front', ['batch', (dim * input) / 4, HALF_FRAMES]),
        ],
        minimumFrames: 1,
        frameAxis: 1,
        featureSize: input,
      },
      build(g, weights) {
        const features = g.input(x.name, 'float32', x.shape);
        const { value, frt1, front } = skaTdnnEncoder(g, weights, '', features, sizes);
        g.output('y', transpose(g, value, [0, 2, 1]));
        g.output('frt1', frt1);
        g.output('front', front);
      },
    };
  },
};

/**
 * ESPnet's SKA-TDNN (Mun, Jung, Han and Kim, SLT 2022, https://arxiv.org/abs/2204.01005; upstream:
 * espnet2/spk/encoder/ska_tdnn_encoder.py at 2fc528e) and its parts.
 */
export const skaTdnn: readonly UpstreamModule[] = [encoder, skAttentionModule, ...skaTdnnBlocks];
