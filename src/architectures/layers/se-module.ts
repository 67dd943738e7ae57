import type { GraphBuilder, Value } from '../../onnx/index.js';
import { type Size, type StateDict, sized } from '../state-dict.js';
import type { Affine } from './affine.js';
import { readKernel } from './convolution/conv1d.js';
import { pointwise } from './convolution/padded-convolution.js';
import type { WeightsFor } from './frame-weights.js';
import { squeezeExcite } from './squeeze-excitation.js';

export interface SeModuleSizes {
  readonly channels: Size;
  /** @default 128 */
  readonly bottleneck?: Size;
}

/** ESPnet's SEModule, which has a BatchNorm after the ReLU (`se.3`). */
export function seModule(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  { channels, bottleneck = sized(128, 'bottleneck') }: SeModuleSizes,
  weightsFor: WeightsFor,
): Value {
  const layers = {
    squeeze: readKernel(weights, `${prefix}se.1`, pointwise(channels, bottleneck)),
    excite: readKernel(weights, `${prefix}se.4`, pointwise(bottleneck, channels)),
    norm: `${prefix}se.3`,
    bottleneck,
  };
  return squeezeExcite(g, weights, `${prefix}se`, x, layers, weightsFor);
}
