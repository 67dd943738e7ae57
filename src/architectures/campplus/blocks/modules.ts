import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import { transpose } from '../../../onnx/index.js';
import type { Port, UpstreamModule } from '../../module.js';
import { countOption, parseOptions, sizeOption } from '../../options.js';
import { sized } from '../../state-dict.js';
import { camLayer } from './cam-layer.js';
import { HALVED_FEATURES, head } from './head.js';
import { segmentsOf } from './segments.js';

/** Where 3D-Speaker keeps CAM++. */
export const PACKAGE_3D_SPEAKER = 'speakerlab.models.campplus';

const camOptions = v.strictObject({
  bn_channels: sizeOption,
  out_channels: sizeOption,
  kernel_size: sizeOption,
  stride: sizeOption,
  padding: countOption,
  dilation: sizeOption,
  bias: v.boolean(),
  reduction: v.optional(sizeOption, 2),
});

const camLayerModule: UpstreamModule = {
  cls: `${PACKAGE_3D_SPEAKER}.layers.CAMLayer`,
  configure(config) {
    const o = parseOptions('CAMLayer', camOptions, config);
    // The mask has as many frames as the input, so the convolution must keep them.
    if (o.stride !== 1 || 2 * o.padding !== (o.kernel_size - 1) * o.dilation) {
      const message = `CAMLayer: stride ${o.stride}, padding ${o.padding}, kernel_size ${o.kernel_size} and dilation ${o.dilation} change the number of frames: make stride 1 and padding (kernel_size - 1) / 2 * dilation`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', o.bn_channels, 'frames'] };
    return {
      description: {
        inputs: [x],
        outputs: [{ ...x, name: 'y', shape: ['batch', o.out_channels, 'frames'] }],
        minimumFrames: 1,
        frameAxis: 2,
        featureSize: o.bn_channels,
      },
      build(g, weights) {
        const frames = transpose(g, g.input(x.name, 'float32', x.shape), [0, 2, 1]);
        const sizes = {
          inChannels: sized(o.bn_channels, 'bn_channels'),
          outChannels: sized(o.out_channels, 'out_channels'),
          kernelSize: sized(o.kernel_size, 'kernel_size'),
          dilation: o.dilation,
          bias: o.bias,
          reduction: o.reduction,
        };
        const y = camLayer(g, weights, '', frames, sizes, segmentsOf(g, frames));
        g.output('y', transpose(g, y, [0, 2, 1]));
      },
    };
  },
};

const headOptions = v.strictObject({
  block: v.optional(v.literal('BasicResBlock'), 'BasicResBlock'),
  num_blocks: v.optional(v.pipe(v.array(sizeOption), v.minLength(1)), [2, 2]),
  m_channels: v.optional(sizeOption, 32),
  feat_dim: v.optional(sizeOption, 80),
});

const headModule: UpstreamModule = {
  cls: `${PACKAGE_3D_SPEAKER}.DTDNN.FCM`,
  configure(config) {
    const o = parseOptions('FCM', headOptions, config);
    if (o.feat_dim % HALVED_FEATURES !== 0) {
      const message = `FCM: feat_dim is ${o.feat_dim}, which is halved three times: give a multiple of ${HALVED_FEATURES}`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', o.feat_dim, 'frames'] };
    const channels = (o.m_channels * o.feat_dim) / HALVED_FEATURES;
    return {
      description: {
        inputs: [x],
        outputs: [{ ...x, name: 'y', shape: ['batch', channels, 'frames'] }],
        minimumFrames: 1,
        frameAxis: 2,
        featureSize: o.feat_dim,
      },
      build(g, weights) {
        const sizes = {
          channels: sized(o.m_channels, 'm_channels'),
          // Upstream makes both layers with the first of num_blocks.
          blocks: o.num_blocks[0] ?? 1,
          features: o.feat_dim,
        };
        g.output('y', head(g, weights, '', g.input(x.name, 'float32', x.shape), sizes));
      },
    };
  },
};

/** Parts of CAM++ that have a class of their own. */
export const campplusBlocks: readonly UpstreamModule[] = [camLayerModule, headModule];
