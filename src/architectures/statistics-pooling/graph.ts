import * as v from 'valibot';
import { reshape, squeeze, transpose } from '../../onnx/index.js';
import { ADDED_VARIANCE, statisticsPooling } from '../layers/pooling/statistics-pooling.js';
import type { Port, UpstreamModule } from '../module.js';
import { parseOptions, sizeOption } from '../options.js';

const options = v.strictObject({ in_dim: sizeOption });

/** `TSTP` over `[batch, channels, frequencies, frames]`, of which `in_dim` is the product of two. */
function poolingModule(cls: string, addedVariance: number): UpstreamModule {
  return {
    cls,
    configure(config) {
      const { in_dim } = parseOptions('TSTP', options, config);
      const x: Port = {
        name: 'x',
        dtype: 'float32',
        shape: ['batch', 'channels', 'frequencies', 'frames'],
      };
      return {
        description: {
          inputs: [x],
          outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 2 * in_dim] }],
          minimumFrames: 1,
          finiteFrames: 2,
          frameAxis: 3,
          refuse({ x: shape }) {
            const [, channels = 0, frequencies = 0] = shape ?? [];
            if (channels * frequencies === in_dim) return undefined;
            return `TSTP: in_dim is ${in_dim}, x has ${channels} times ${frequencies} values per frame: make them equal`;
          },
        },
        build(g) {
          const image = g.input(x.name, 'float32', x.shape);
          const rows = reshape(g, image, [0, in_dim, -1], ['batch', in_dim, 'frames']);
          const frames = transpose(g, rows, [0, 2, 1]);
          g.output('y', squeeze(g, statisticsPooling(g, frames, addedVariance), 1));
        },
      };
    },
  };
}

/**
 * Mean and deviation over time, flattened channel by channel. Upstream:
 * wespeaker/models/pooling_layers.py at dfa7419 and speakerlab/models/eres2net/pooling_layers.py of
 * 3D-Speaker at 09e7806.
 */
export const statisticsPoolings: readonly UpstreamModule[] = [
  poolingModule('wespeaker.models.pooling_layers.TSTP', ADDED_VARIANCE.wespeaker),
  poolingModule('speakerlab.models.eres2net.pooling_layers.TSTP', ADDED_VARIANCE.speakerlab),
];
