import type { GraphBuilder } from '../../../onnx/index.js';
import { activationNamed } from '../../layers/activations.js';
import type { Affine } from '../../layers/affine.js';
import { readBatchNorm } from '../../layers/batch-norm.js';
import {
  type Conv1dSizes,
  convolve,
  readKernel,
  scaleOutputs,
  takeOwed,
} from '../../layers/convolution/conv1d.js';
import { type StateDict, sized } from '../../state-dict.js';

export interface TdnnBlockSizes extends Conv1dSizes {
  /** Name of a torch activation. */
  readonly activation: string;
}

/**
 * SpeechBrain's TDNNBlock: convolution, activation, BatchNorm. What is owed by the input goes into
 * the kernel. Where the activation allows it, the magnitude of BatchNorm's scale goes there too,
 * and only signs (trained scales are rarely negative) and shifts stay owed.
 */
export function tdnnBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  sizes: TdnnBlockSizes,
): Affine {
  const kernel = takeOwed(readKernel(weights, `${prefix}conv.conv`, sizes), x);
  const activation = activationNamed(sizes.activation, () => {
    const [slope = 0] = weights.read(`${prefix}activation.weight`, [sized(1, 'num_parameters')]);
    return slope;
  });
  const { scale, shift } = readBatchNorm(weights, `${prefix}norm.norm`, sizes.outChannels);
  const hint = `${prefix}conv`;
  if (!activation.homogeneous) {
    return { value: activation.apply(g, convolve(g, hint, x.value, kernel)), scale, shift };
  }
  const scaled = scaleOutputs(kernel, scale.map(Math.abs));
  return {
    value: activation.apply(g, convolve(g, hint, x.value, scaled)),
    scale: scale.some((factor) => factor < 0) ? scale.map((s) => (s < 0 ? -1 : 1)) : undefined,
    shift,
  };
}
