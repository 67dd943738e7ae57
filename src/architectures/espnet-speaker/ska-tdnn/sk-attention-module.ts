import * as v from 'valibot';
import { VoiceprintError } from '../../../errors.js';
import {
  type GraphBuilder,
  squeeze,
  transpose,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import { type Affine, settle } from '../../layers/affine.js';
import { readKernel } from '../../layers/convolution/conv1d.js';
import { convolvePadded, convReluNorm } from '../../layers/convolution/padded-convolution.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import type { ConfiguredModule, Port, UpstreamModule } from '../../module.js';
import { countOption, parseOptions, sizeOption } from '../../options.js';
import { type StateDict, sized } from '../../state-dict.js';
import { hiddenSize } from './kernel-weights.js';
import { SKA_TDNN_PACKAGE } from './package-name.js';
import { selectKernels } from './selective-kernels.js';

const options = v.strictObject({
  channel: v.optional(sizeOption, 128),
  reduction: v.optional(sizeOption, 4),
  L: v.optional(sizeOption, 16),
  num_kernels: v.optional(sizeOption, 2),
});

const convolution = v.strictObject({
  kernel_size: sizeOption,
  dilation: v.optional(sizeOption, 1),
  /** @default `kernel_size // 2 * dilation` */
  padding: v.optional(countOption),
  groups: v.optional(sizeOption, 1),
  /** ReLU and BatchNorm behind it, under the keys `conv` and `bn`. */
  relu_bn: v.optional(v.boolean(), false),
});
const forwardArguments = v.looseObject({
  convs: v.pipe(v.array(convolution), v.minLength(1), v.maxLength(64)),
});

type Convolution = v.InferOutput<typeof convolution>;

const sideOf = ({ kernel_size, dilation, padding }: Convolution) =>
  padding ?? Math.floor(kernel_size / 2) * dilation;
const gained = (conv: Convolution) => 2 * sideOf(conv) - conv.dilation * (conv.kernel_size - 1);

/**
 * ESPnet's SKAttentionModule. Its `forward(x, convs)` is handed the convolutions: here they are the
 * argument `convs`, their weights `convs.N.*`; the module's own weights may have the prefix `att.`.
 */
export const skAttentionModule: UpstreamModule = {
  cls: `${SKA_TDNN_PACKAGE}.SKAttentionModule`,
  configure(config): ConfiguredModule {
    const o = parseOptions('SKAttentionModule', options, config);
    const channels = sized(o.channel, 'channel');
    const x: Port = { name: 'x', dtype: 'float32', shape: ['batch', o.channel, 'frames'] };
    const kernels = o.num_kernels;
    const outputs: Port[] = [
      { ...x, name: 'y' },
      { name: 'attention_weights', dtype: 'float32', shape: [kernels, 'batch', o.channel, 1] },
      { name: 'pooled', dtype: 'float32', shape: ['batch', o.channel] },
    ];
    return {
      description: {
        inputs: [x],
        outputs,
        minimumFrames: 1,
        frameAxis: 2,
        featureSize: o.channel,
      },
      build(g, weights, request) {
        const { convs } = parseOptions('SKAttentionModule.forward', forwardArguments, request.args);
        checkConvolutions(convs, kernels, o.channel);
        const input = transpose(g, g.input(x.name, 'float32', x.shape), [0, 2, 1]);
        const branches = convs.map((conv, i) => branch(g, weights, input, conv, i, o.channel));
        const prefix = weights.has('att.fc.weight') ? 'att.' : '';
        const hidden = hiddenSize(o.channel, o.reduction, o.L);
        const sizes = { weighted: channels, hidden, kernels };
        const weightsFor = uniformWeights(g);
        const selected = selectKernels(g, weights, prefix, branches, sizes, weightsFor);
        g.output('y', transpose(g, selected.value, [0, 2, 1]));
        g.output('attention_weights', perKernel(g, selected.attention));
        g.output('pooled', squeeze(g, settle(g, selected.pooled), 1));
      },
    };
  },
};

function branch(
  g: GraphBuilder,
  weights: StateDict,
  input: Value,
  conv: Convolution,
  i: number,
  channel: number,
): Affine {
  const sizes = {
    inChannels: sized(channel, 'channel'),
    outChannels: sized(channel, 'channel'),
    kernelSize: sized(conv.kernel_size, `convs[${i}].kernel_size`),
    dilation: conv.dilation,
    groups: sized(conv.groups, `convs[${i}].groups`),
  };
  if (conv.relu_bn) {
    const keys = { conv: `convs.${i}.conv`, norm: `convs.${i}.bn` };
    return convReluNorm(g, weights, keys, { value: input }, sizes, sideOf(conv));
  }
  const kernel = readKernel(weights, `convs.${i}`, sizes);
  return { value: convolvePadded(g, `convs.${i}`, { value: input }, kernel, sideOf(conv)) };
}

/** `[batch, kernels, channels]` as upstream has it, `[kernels, batch, channels, 1]`. */
function perKernel(g: GraphBuilder, attention: Value): Value {
  return unsqueeze(g, transpose(g, attention, [1, 0, 2]), 3);
}

/** @throws VoiceprintError `graph/invalid` where torch could not stack or weight the branches. */
function checkConvolutions(convs: readonly Convolution[], kernels: number, channel: number): void {
  const [first] = convs;
  const refuse = (message: string) => new VoiceprintError('graph/invalid', message);
  if (convs.length !== kernels && convs.length !== 1 && kernels !== 1) {
    throw refuse(
      `SKAttentionModule: ${convs.length} convs for num_kernels ${kernels}: give as many`,
    );
  }
  for (const [i, conv] of convs.entries()) {
    if (channel % conv.groups !== 0) {
      throw refuse(
        `SKAttentionModule: convs[${i}].groups is ${conv.groups}, which does not divide channel (${channel})`,
      );
    }
    if (first !== undefined && gained(conv) !== gained(first)) {
      throw refuse(
        `SKAttentionModule: convs[${i}] gives ${gained(conv)} frames more than it takes, convs[0] ${gained(first)}: all must give as many; use odd kernel sizes`,
      );
    }
  }
}
