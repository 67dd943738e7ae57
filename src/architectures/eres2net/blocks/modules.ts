import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import type { Port, UpstreamModule } from '../../module.js';
import { parseOptions, sizeOption } from '../../options.js';
import { sized } from '../../state-dict.js';
import { attentionalFusion, REDUCTION } from './attentional-fusion.js';
import { outChannelsOf, type Res2BlockSizes, res2Block, splitWidth } from './res2-block.js';

/** Where 3D-Speaker keeps ERes2Net. */
export const PACKAGE_3D_SPEAKER = 'speakerlab.models.eres2net';

const imagePort = (name: string, channels: number): Port => ({
  name,
  dtype: 'float32',
  shape: ['batch', channels, 'frequencies', 'frames'],
});

const fusionOptions = v.strictObject({
  channels: v.optional(sizeOption, 64),
  r: v.optional(sizeOption, REDUCTION),
});

const fusionModule: UpstreamModule = {
  cls: `${PACKAGE_3D_SPEAKER}.fusion.AFF`,
  configure(config) {
    const { channels, r } = parseOptions('AFF', fusionOptions, config);
    if (channels < r) {
      const message = `AFF: channels ${channels} over r ${r} leaves no inner channel: make r at most channels`;
      throw new VoiceprintError('graph/invalid', message);
    }
    const [x, second] = [imagePort('x', channels), imagePort('ds_y', channels)];
    return {
      description: {
        inputs: [x, second],
        outputs: [imagePort('y', channels)],
        minimumFrames: 1,
        frameAxis: 3,
      },
      build(g, weights) {
        const maps = {
          first: g.input(x.name, 'float32', x.shape),
          second: g.input(second.name, 'float32', second.shape),
        };
        g.output('y', attentionalFusion(g, weights, '', maps, sized(channels, 'channels'), r));
      },
    };
  },
};

const blockOptions = v.strictObject({
  in_planes: sizeOption,
  planes: sizeOption,
  stride: v.optional(sizeOption, 1),
  baseWidth: v.optional(sizeOption, 26),
  scale: v.optional(sizeOption, 2),
  expansion: v.optional(sizeOption, 2),
});

function blockModule(name: string, join: Res2BlockSizes['join']): UpstreamModule {
  return {
    cls: `${PACKAGE_3D_SPEAKER}.ERes2NetV2.${name}`,
    configure(config) {
      const { in_planes, ...o } = parseOptions(name, blockOptions, config);
      requireSplits(name, o.planes, o.baseWidth, join);
      const sizes = { ...o, inChannels: sized(in_planes, 'in_planes'), join, firstApart: false };
      const halved = (axis: string) => (o.stride === 1 ? axis : `(${axis}-1)/${o.stride}+1`);
      const y: Port = {
        name: 'y',
        dtype: 'float32',
        shape: ['batch', outChannelsOf(sizes).size, halved('frequencies'), halved('frames')],
      };
      const x = imagePort('x', in_planes);
      return {
        description: { inputs: [x], outputs: [y], minimumFrames: 1, frameAxis: 3 },
        build(g, weights) {
          g.output('y', res2Block(g, weights, '', g.input('x', 'float32', x.shape), sizes));
        },
      };
    },
  };
}

/**
 * Refuses splits without a channel, and fusions of splits without an inner one.
 * @throws VoiceprintError `graph/invalid`
 */
export function requireSplits(
  cls: string,
  planes: number,
  baseWidth: number,
  join: Res2BlockSizes['join'],
): void {
  const fewest = join === 'fusion' ? REDUCTION : 1;
  const width = splitWidth({ planes, baseWidth });
  if (width >= fewest) return;
  const message = `${cls}: baseWidth ${baseWidth} of ${planes} planes makes splits of ${width} channels, ${fewest} or more are needed: give a larger baseWidth`;
  throw new VoiceprintError('graph/invalid', message);
}

/** Parts of ERes2Net that have a class of their own. */
export const eres2netBlocks: readonly UpstreamModule[] = [
  fusionModule,
  blockModule('BasicBlockERes2NetV2', 'sum'),
  blockModule('BasicBlockERes2NetV2AFF', 'fusion'),
];
