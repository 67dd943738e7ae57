import * as v from 'valibot';
import type { ConfiguredModule, Port, UpstreamModule } from '../../module.js';
import { parseOptions, sizeOption } from '../../options.js';
import { sized } from '../../state-dict.js';
import type { ResidualBlock } from './residual-block.js';

/** Sizes that every block is made with. */
export const blockSizes = {
  in_planes: sizeOption,
  planes: sizeOption,
  stride: v.optional(v.picklist([1, 2]), 1),
};

/** What a block module is made of. */
export interface BlockModule {
  /** Dotted upstream name. */
  readonly cls: string;
  /** {@link blockSizes} and what else the class takes. */
  readonly options: v.GenericSchema<
    unknown,
    v.InferOutput<v.StrictObjectSchema<typeof blockSizes, undefined>>
  >;
  /** Channels that leave the block, per channel inside it. */
  readonly expansion: number;
  readonly block: ResidualBlock;
}

/** A block of a residual network over `[batch, in_planes, frequencies, frames]`. */
export function blockModule({ cls, options, expansion, block }: BlockModule): UpstreamModule {
  return {
    cls,
    configure(config): ConfiguredModule {
      const o = parseOptions(cls.split('.').at(-1) ?? cls, options, config);
      const port = (name: string, shape: Port['shape']): Port => ({
        name,
        dtype: 'float32',
        shape,
      });
      const halved = (dim: string) => (o.stride === 1 ? dim : `(${dim}-1)/2+1`);
      const x = port('x', ['batch', o.in_planes, 'frequencies', 'frames']);
      const space = [halved('frequencies'), halved('frames')];
      return {
        description: {
          inputs: [x],
          outputs: [port('y', ['batch', expansion * o.planes, ...space])],
          minimumFrames: 1,
          frameAxis: 3,
        },
        build(g, weights) {
          const sizes = {
            inPlanes: sized(o.in_planes, 'in_planes'),
            planes: sized(o.planes, 'planes'),
            stride: o.stride,
          };
          g.output('y', block(g, weights, '', g.input(x.name, 'float32', x.shape), sizes));
        },
      };
    },
  };
}
