import { type GraphBuilder, multiply, sigmoid, split, type Value } from '../../../onnx/index.js';
import { activationNamed } from '../../layers/activations.js';
import { type BatchNormOptions, readBatchNorm } from '../../layers/batch-norm.js';
import { convolve, readKernel } from '../../layers/convolution/conv1d.js';
import {
  type DepthwiseSizes,
  depthwise,
  readDepthwise,
  type Streamed,
  scaleDepthwise,
  zeroMasked,
} from '../../layers/convolution/depthwise.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface ConformerConvolutionSizes extends DepthwiseSizes {
  /** Name of a torch activation. */
  readonly activation: string;
  /** torch.nn.BatchNorm1d's arguments; undefined where there is no norm. */
  readonly norm: BatchNormOptions | undefined;
}

/**
 * ESPnet's ConformerConvolution: pointwise convolution, GLU, depthwise convolution, BatchNorm,
 * activation, pointwise convolution. The mask acts after the GLU, and the cache holds the values
 * after it.
 */
export function conformerConvolution(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  mask: Value | undefined,
  cache: Value | undefined,
  sizes: ConformerConvolutionSizes,
): Streamed {
  const { channels } = sizes;
  const twice = sized(2 * channels.size, `2 * ${channels.source}`);
  const wide = pointwise(g, weights, 'pointwise_conv1', x, channels, twice);
  const [values = wide, gates = wide] = split(g, wide, 2, [channels.size, channels.size]);
  const gated = zeroMasked(g, multiply(g, values, sigmoid(g, gates)), mask);

  const kernel = readDepthwise(weights, 'depthwise_conv', sizes);
  const folded =
    sizes.norm === undefined
      ? kernel
      : scaleDepthwise(kernel, readBatchNorm(weights, 'norm', channels, sizes.norm));
  const streamed = depthwise(g, 'depthwise_conv', gated, cache, folded);
  const activation = activationNamed(sizes.activation, () => {
    const [slope = 0] = weights.read('activation.weight', [sized(1, 'num_parameters')]);
    return slope;
  });
  const active = activation.apply(g, streamed.value);
  const value = pointwise(g, weights, 'pointwise_conv2', active, channels, channels);
  return { value, cache: streamed.cache };
}

function pointwise(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  inChannels: Size,
  outChannels: Size,
): Value {
  const kernelSize = sized(1, 'kernel_size of a pointwise convolution');
  const sizes = { inChannels, outChannels, kernelSize, dilation: 1, groups: sized(1, 'groups') };
  return convolve(g, prefix, x, readKernel(weights, prefix, sizes));
}
