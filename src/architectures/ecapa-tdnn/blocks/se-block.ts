import { type GraphBuilder, multiply, relu, sigmoid, type Value } from '../../../onnx/index.js';
import { type Affine, settle } from '../../layers/affine.js';
import { convolve, readKernel, takeOwed } from '../../layers/convolution/conv1d.js';
import { meanOverTime, type WeightsFor } from '../../layers/frame-weights.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface SeBlockSizes {
  readonly inChannels: Size;
  readonly seChannels: Size;
  readonly outChannels: Size;
}

const ONE = { kernelSize: sized(1, 'kernel_size'), dilation: 1, groups: sized(1, 'groups') };

/** SpeechBrain's SEBlock: each channel is weighted by what its mean over time says. */
export function seBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  sizes: SeBlockSizes,
  weightsFor: WeightsFor,
): Value {
  const { inChannels, seChannels, outChannels } = sizes;
  const squeeze = { ...ONE, inChannels, outChannels: seChannels };
  const excite = { ...ONE, inChannels: seChannels, outChannels };
  const mean = meanOverTime(g, x.value, weightsFor(x.value));
  const kernel = takeOwed(readKernel(weights, `${prefix}conv1.conv`, squeeze), x);
  const hidden = relu(g, convolve(g, `${prefix}conv1`, mean, kernel));
  const opened = readKernel(weights, `${prefix}conv2.conv`, excite);
  const gate = sigmoid(g, convolve(g, `${prefix}conv2`, hidden, opened));
  return multiply(g, settle(g, x), gate);
}
