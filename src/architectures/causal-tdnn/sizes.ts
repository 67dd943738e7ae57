import * as v from 'valibot';
import { VoiceprintError } from '../../errors.js';
import type { DepthwiseSizes } from '../layers/convolution/depthwise.js';
import { parseOptions, sizeOption } from '../options.js';
import { type Size, sized } from '../state-dict.js';

/** Name of the class in errors and in graphs. */
export const CAUSAL_TDNN = 'voiceprint_web.CausalTDNN';

/** Sizes of the encoder, each with the constructor argument that it comes from. */
export interface CausalTdnnSizes {
  readonly inputSize: number;
  /** Frames that become one step. */
  readonly stack: number;
  readonly stacked: Size;
  readonly channels: Size;
  readonly blocks: number;
  readonly depthwise: DepthwiseSizes;
  readonly attentionChannels: Size;
  readonly linNeurons: Size;
}

const options = v.strictObject({
  input_size: v.optional(sizeOption, 80),
  stack: v.optional(sizeOption, 2),
  channels: v.optional(sizeOption, 256),
  blocks: v.optional(v.pipe(sizeOption, v.maxValue(256)), 8),
  kernel_size: v.optional(sizeOption, 15),
  attention_channels: v.optional(sizeOption, 64),
  lin_neurons: v.optional(sizeOption, 192),
});

/** @throws VoiceprintError `graph/invalid` on an argument that the class has not or cannot take. */
export function causalTdnnSizes(config: Readonly<Record<string, unknown>>): CausalTdnnSizes {
  const o = parseOptions('CausalTDNN', options, config);
  if (o.kernel_size < 2) {
    const message = `CausalTDNN: kernel_size is ${o.kernel_size}: give 2 or more, or no step sees another`;
    throw new VoiceprintError('graph/invalid', message);
  }
  const channels = sized(o.channels, 'channels');
  return {
    inputSize: o.input_size,
    stack: o.stack,
    stacked: sized(o.stack * o.input_size, 'stack * input_size'),
    channels,
    blocks: o.blocks,
    depthwise: { channels, kernelSize: sized(o.kernel_size, 'kernel_size'), causal: true },
    attentionChannels: sized(o.attention_channels, 'attention_channels'),
    linNeurons: sized(o.lin_neurons, 'lin_neurons'),
  };
}
