import { concat, type GraphBuilder, relu, type Value } from '../../../onnx/index.js';
import { settle } from '../../layers/affine.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import { convolve, readKernel, takeNorm } from '../../layers/convolution/conv1d.js';
import { pointwise } from '../../layers/convolution/padded-convolution.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { camLayer } from './cam-layer.js';
import type { Segments } from './segments.js';

/** Sizes of a `CAMDenseTDNNBlock`. */
export interface DenseBlockSizes {
  readonly layers: number;
  readonly inChannels: Size;
  /** Channels that each layer adds. */
  readonly growth: Size;
  /** Channels between the two convolutions of a layer. */
  readonly bottleneck: Size;
  readonly dilation: number;
}

/** Channels behind a block. */
export function blockChannels({ layers, inChannels, growth }: DenseBlockSizes): Size {
  return sized(
    inChannels.size + layers * growth.size,
    `${inChannels.source} + ${layers} * ${growth.source}`,
  );
}

/** Layers that each see what all before them gave; new channels come behind the old ones. */
export function denseBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: DenseBlockSizes,
  segments: Segments,
): Value {
  const { layers, inChannels, growth, bottleneck, dilation } = sizes;
  let joined = x;
  let width = inChannels;
  for (let i = 1; i <= layers; i++) {
    const place = `${prefix}tdnnd${i}.`;
    const active = normRelu(g, weights, `${place}nonlinear1.batchnorm`, joined, width);
    const kernel = takeNorm(
      readKernel(weights, `${place}linear1`, pointwise(width, bottleneck), false),
      readBatchNorm(weights, `${place}nonlinear2.batchnorm`, bottleneck),
    );
    const inner = relu(g, convolve(g, `${place}linear1`, active, kernel));
    const layer = {
      inChannels: bottleneck,
      outChannels: growth,
      kernelSize: sized(3, '3'),
      dilation,
      bias: false,
      reduction: 2,
    };
    const added = camLayer(g, weights, `${place}cam_layer.`, inner, layer, segments);
    joined = concat(g, [joined, added], 2);
    width = blockChannels({ ...sizes, layers: i });
  }
  return joined;
}

/** `TransitLayer`: BatchNorm, ReLU and a convolution to half the channels. */
export function transit(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  from: Size,
  to: Size,
): Value {
  const active = normRelu(g, weights, `${prefix}nonlinear.batchnorm`, x, from);
  const kernel = readKernel(weights, `${prefix}linear`, pointwise(from, to), false);
  return convolve(g, `${prefix}linear`, active, kernel, { bias: false });
}

/** BatchNorm and ReLU of `[batch, frames, channels]`, with nothing before them to fold into. */
export function normRelu(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  channels: Size,
): Value {
  return relu(g, settle(g, { value: x, ...readBatchNorm(weights, prefix, channels) }));
}
