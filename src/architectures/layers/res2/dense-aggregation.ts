import { add, concat, type GraphBuilder, relu, type Value } from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { settle } from '../affine.js';
import { readKernel } from '../convolution/conv1d.js';
import {
  type ConvNormKeys,
  convolvePadded,
  convReluNorm,
  pointwise,
} from '../convolution/padded-convolution.js';

export interface DenseAggregationSizes {
  readonly inputSize: Size;
  readonly ndim: Size;
  readonly outputSize: Size;
}

/** Of the three blocks. */
const DILATIONS = [2, 3, 4];

/**
 * What SKA-TDNN and the ECAPA-TDNN of ESPnet and TaoRuijie have in common: a convolution over five
 * frames, three blocks that each take the sum of everything before, and a layer over their outputs
 * joined, without that of the convolution.
 *
 * @param first - keys of the convolution, without the prefix.
 * @param x - `[batch, frames, inputSize]`
 * @param block - builds `layer1.` to `layer3.` over `[batch, frames, ndim]`.
 * @returns `[batch, frames, outputSize]`
 */
export function denseAggregation(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  first: ConvNormKeys,
  x: Value,
  { inputSize, ndim, outputSize }: DenseAggregationSizes,
  block: (name: string, input: Value, dilation: number) => Value,
): Value {
  const keys = { conv: prefix + first.conv, norm: prefix + first.norm };
  const sizes = { ...pointwise(inputSize, ndim), kernelSize: sized(5, '5') };
  let sum = settle(g, convReluNorm(g, weights, keys, { value: x }, sizes));
  const outputs: Value[] = [];
  for (const [i, dilation] of DILATIONS.entries()) {
    const output = block(`${prefix}layer${i + 1}.`, sum, dilation);
    outputs.push(output);
    sum = add(g, sum, output);
  }
  const joined = sized(3 * ndim.size, `3 * ${ndim.source}`);
  const kernel = readKernel(weights, `${prefix}layer4`, pointwise(joined, outputSize));
  return relu(g, convolvePadded(g, `${prefix}layer4`, { value: concat(g, outputs, 2) }, kernel));
}
