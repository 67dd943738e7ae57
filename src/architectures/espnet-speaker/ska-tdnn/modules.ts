import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import {
  type Dim,
  type GraphBuilder,
  offsetDim,
  transpose,
  type Value,
} from '../../../onnx/index.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import { requireOddKernel, requireRes2 } from '../../layers/res2/require-res2.js';
import { seModule } from '../../layers/se-module.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../../module.js';
import { parseOptions, sizeOption } from '../../options.js';
import { type StateDict, sized } from '../../state-dict.js';
import { bottle2neck } from './bottle2neck.js';
import { hiddenSize } from './kernel-weights.js';
import { SKA_TDNN_PACKAGE } from './package-name.js';
import { resBlock } from './res-block.js';
import { type SelectiveKernels2dSizes, selectKernels2d } from './selective-kernels-2d.js';

const refuse = (message: string) => new VoiceprintError('graph/invalid', message);

interface Block {
  /** Upstream's layout, `[batch, channels, frames]` or `[batch, channels, frequencies, frames]`. */
  readonly input: readonly Dim[];
  readonly output: readonly Dim[];
  readonly minimumFrames?: number;
  readonly body: (g: GraphBuilder, weights: StateDict, x: Value) => Value;
}

/** A block from `x` to `y`. Ours has the channels of three axes last. */
function blockModule({ input, output, minimumFrames = 1, body }: Block): ConfiguredModule {
  const x: Port = { name: 'x', dtype: 'float32', shape: input };
  const y: Port = { name: 'y', dtype: 'float32', shape: output };
  return {
    description: {
      inputs: [x],
      outputs: [y],
      minimumFrames,
      frameAxis: input.length - 1,
      featureSize: Number(input[1]),
    },
    build(g, weights) {
      const value = g.input(x.name, 'float32', x.shape);
      const flip = (image: Value) => (input.length === 3 ? transpose(g, image, [0, 2, 1]) : image);
      g.output(y.name, flip(body(g, weights, flip(value))));
    },
  };
}

const seOptions = v.strictObject({
  channels: sizeOption,
  bottleneck: v.optional(sizeOption, 128),
});

/** ESPnet has the same class in two files. */
const seModules = [SKA_TDNN_PACKAGE, 'espnet2.spk.layers.ecapa_block'].map(
  (place): UpstreamModule => ({
    cls: `${place}.SEModule`,
    configure(config) {
      const o = parseOptions('SEModule', seOptions, config);
      const channels = sized(o.channels, 'channels');
      const bottleneck = sized(o.bottleneck, 'bottleneck');
      const shape = ['batch', o.channels, 'frames'];
      return blockModule({
        input: shape,
        output: shape,
        body: (g, weights, value) =>
          seModule(g, weights, '', { value }, { channels, bottleneck }, uniformWeights(g)),
      });
    },
  }),
);

const bottle2neckOptions = v.strictObject({
  inplanes: sizeOption,
  planes: sizeOption,
  /** Upstream never looks at it. */
  kernel_size: v.optional(v.nullable(v.number())),
  kernel_sizes: v.optional(v.pipe(v.array(sizeOption), v.minLength(1), v.maxLength(64)), [5, 7]),
  dilation: sizeOption,
  scale: v.optional(sizeOption, 8),
  group: v.optional(sizeOption, 1),
});

const bottle2neckModule: UpstreamModule = {
  cls: `${SKA_TDNN_PACKAGE}.Bottle2neck`,
  configure(config) {
    const o = parseOptions('Bottle2neck', bottle2neckOptions, config);
    const width = requireRes2('Bottle2neck', o);
    if (width % o.group !== 0) {
      throw refuse(
        `Bottle2neck: group is ${o.group}, which does not divide planes // scale (${width})`,
      );
    }
    for (const size of o.kernel_sizes) requireOddKernel('Bottle2neck', 'kernel_sizes', size);
    const sizes = {
      inplanes: sized(o.inplanes, 'inplanes'),
      planes: sized(o.planes, 'planes'),
      kernels: o.kernel_sizes,
      dilation: o.dilation,
      scale: o.scale,
      group: sized(o.group, 'group'),
    };
    return blockModule({
      input: ['batch', o.inplanes, 'frames'],
      output: ['batch', o.planes, 'frames'],
      body: (g, weights, x) => bottle2neck(g, weights, '', x, sizes, uniformWeights(g)),
    });
  },
};

const kernelList = v.pipe(v.array(sizeOption), v.minLength(1), v.maxLength(64));
const attentionOptions = v.strictObject({
  freq: v.optional(sizeOption, 40),
  channel: v.optional(sizeOption, 128),
  kernels: v.optional(kernelList, [3, 5]),
  receptive: v.optional(kernelList, [3, 5]),
  dilations: v.optional(kernelList, [1, 1]),
  reduction: v.optional(sizeOption, 8),
  groups: v.optional(sizeOption, 1),
  L: v.optional(sizeOption, 16),
});

function attentionModule(
  name: 'fwSKAttention' | 'cwSKAttention',
  over: SelectiveKernels2dSizes['over'],
): UpstreamModule {
  return {
    cls: `${SKA_TDNN_PACKAGE}.${name}`,
    configure(config) {
      const o = parseOptions(name, attentionOptions, config);
      if (o.channel % o.groups !== 0) {
        throw refuse(
          `${name}: groups is ${o.groups}, which does not divide channel (${o.channel})`,
        );
      }
      // Upstream zips the three lists: the shortest counts.
      const count = Math.min(o.kernels.length, o.dilations.length, o.receptive.length);
      const branches = o.kernels.slice(0, count).map((kernel, i) => ({
        kernel,
        dilation: o.dilations[i] ?? 1,
        padding: Math.floor((o.receptive[i] ?? 1) / 2),
      }));
      if (count !== o.kernels.length && count !== 1) {
        throw refuse(
          `${name}: ${o.kernels.length} kernels need as many dilations and receptive fields, not ${count}`,
        );
      }
      const changes = branches.map(
        ({ kernel, dilation, padding }) => 2 * padding - dilation * (kernel - 1),
      );
      const [change = 0] = changes;
      if (changes.some((other) => other !== change) || (over === 'frequencies' && change !== 0)) {
        throw refuse(
          `${name}: kernels ${JSON.stringify(o.kernels)} at dilations ${JSON.stringify(o.dilations)} and receptive ${JSON.stringify(o.receptive)} change the size by ${changes.join(', ')}: make them keep it, with receptive = dilation * (kernel - 1) + 1`,
        );
      }
      if (o.freq + change < 1) {
        throw refuse(
          `${name}: nothing is left of freq ${o.freq}, which the kernels change by ${change}`,
        );
      }
      const weighted = over === 'frequencies' ? o.freq : o.channel;
      const sizes: SelectiveKernels2dSizes = {
        over,
        freq: sized(o.freq, 'freq'),
        channels: sized(o.channel, 'channel'),
        branches,
        kernels: o.kernels.length,
        hidden: hiddenSize(weighted, o.reduction, o.L),
        groups: sized(o.groups, 'groups'),
      };
      // The weights of cwSKAttention do not depend on the number of frequencies.
      const rows = over === 'frequencies' ? o.freq : 'frequencies';
      return blockModule({
        input: ['batch', o.channel, rows, 'frames'],
        output: ['batch', o.channel, offsetDim(rows, change), offsetDim('frames', change)],
        minimumFrames: Math.max(1, 1 - change),
        body: (g, weights, x) => selectKernels2d(g, weights, '', x, sizes),
      });
    },
  };
}

const stride = v.union([sizeOption, v.tuple([sizeOption, sizeOption])]);
const resBlockOptions = v.strictObject({
  inplanes: sizeOption,
  planes: sizeOption,
  stride: v.optional(stride, 1),
  reduction: v.optional(sizeOption, 8),
  skfwse_freq: v.optional(sizeOption, 40),
  skcwse_channel: v.optional(sizeOption, 128),
});

const resBlockModule: UpstreamModule = {
  cls: `${SKA_TDNN_PACKAGE}.ResBlock`,
  configure(config) {
    const o = parseOptions('ResBlock', resBlockOptions, config);
    const strides = typeof o.stride === 'number' ? [o.stride] : o.stride;
    if (strides.some((step) => step !== 1)) {
      throw refuse(
        `ResBlock: stride is ${JSON.stringify(o.stride)}: the residual keeps its size, so only 1 runs`,
      );
    }
    if (o.planes !== o.skcwse_channel) {
      throw refuse(
        `ResBlock: skcwse_channel is ${o.skcwse_channel}, but the attention sees planes (${o.planes}) channels`,
      );
    }
    if (o.inplanes !== o.planes && o.inplanes !== 1) {
      throw refuse(
        `ResBlock: inplanes is ${o.inplanes} and planes ${o.planes}: the residual needs equal ones`,
      );
    }
    const sizes = {
      inplanes: sized(o.inplanes, 'inplanes'),
      planes: sized(o.planes, 'planes'),
      reduction: o.reduction,
      freq: sized(o.skfwse_freq, 'skfwse_freq'),
    };
    return blockModule({
      input: ['batch', o.inplanes, o.skfwse_freq, 'frames'],
      output: ['batch', o.planes, o.skfwse_freq, 'frames'],
      body: (g, weights, x) => resBlock(g, weights, '', x, sizes),
    });
  },
};

/** The parts of SKA-TDNN that need nothing but `x`, each usable as a graph of its own. */
export const skaTdnnBlocks: readonly UpstreamModule[] = [
  ...seModules,
  bottle2neckModule,
  attentionModule('fwSKAttention', 'frequencies'),
  attentionModule('cwSKAttention', 'channels'),
  resBlockModule,
];
