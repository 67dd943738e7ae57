import {
  type GraphBuilder,
  matMul,
  multiply,
  relu,
  sigmoid,
  type Value,
} from '../../../onnx/index.js';
import { convolve, readKernel } from '../../layers/convolution/conv1d.js';
import { convolvePadded, pointwise } from '../../layers/convolution/padded-convolution.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { type Segments, spread } from './segments.js';

/** Sizes of a `CAMLayer` that keeps the number of frames. */
export interface CamLayerSizes {
  readonly inChannels: Size;
  readonly outChannels: Size;
  readonly kernelSize: Size;
  readonly dilation: number;
  /** Whether the local convolution has one. */
  readonly bias: boolean;
  /** By how much the mask's hidden layer is narrower than its input. */
  readonly reduction: number;
}

/** A convolution over time, masked by what the utterance and the segment say. */
export function camLayer(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inChannels, outChannels, kernelSize, dilation, bias, reduction }: CamLayerSizes,
  segments: Segments,
): Value {
  const hidden = sized(Math.floor(inChannels.size / reduction), `${inChannels.source} / reduction`);
  const sizes = { inChannels, outChannels, kernelSize, dilation, groups: sized(1, '1') };
  const local = readKernel(weights, `${prefix}linear_local`, sizes, bias);
  const side = Math.floor(kernelSize.size / 2) * dilation;
  const options = { padding: 'zeros', side, bias } as const;
  const convolved = convolve(g, `${prefix}linear_local`, x, local, options);
  const layer = (name: string, input: Value, from: Size, to: Size) =>
    convolvePadded(
      g,
      prefix + name,
      { value: input },
      readKernel(weights, prefix + name, pointwise(from, to)),
    );
  const context = matMul(g, segments.contexts, x);
  const inner = relu(g, layer('linear1', context, inChannels, hidden));
  const mask = sigmoid(g, layer('linear2', inner, hidden, outChannels));
  return multiply(g, convolved, spread(g, segments, mask));
}
