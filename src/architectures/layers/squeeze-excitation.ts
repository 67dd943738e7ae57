import { type GraphBuilder, multiply, relu, sigmoid, type Value } from '../../onnx/index.js';
import type { Size, StateDict } from '../state-dict.js';
import { type Affine, settle } from './affine.js';
import { readBatchNorm } from './batch-norm.js';
import { convolve, type Kernel, takeOwed } from './convolution/conv1d.js';
import { meanOverTime, type WeightsFor } from './frame-weights.js';

/** Where the two layers lie, and the BatchNorm that ESPnet alone has between them. */
export interface SqueezeExcitation {
  readonly squeeze: Kernel;
  readonly excite: Kernel;
  readonly norm?: string;
  readonly bottleneck: Size;
}

/** Every channel of `[batch, frames, channels]` weighted by what its mean over time says. */
export function squeezeExcite(
  g: GraphBuilder,
  weights: StateDict,
  hint: string,
  x: Affine,
  { squeeze, excite, norm, bottleneck }: SqueezeExcitation,
  weightsFor: WeightsFor,
): Value {
  const mean = meanOverTime(g, x.value, weightsFor(x.value));
  const hidden = relu(g, convolve(g, `${hint}.squeeze`, mean, takeOwed(squeeze, x)));
  const owed: Affine =
    norm === undefined
      ? { value: hidden }
      : { value: hidden, ...readBatchNorm(weights, norm, bottleneck) };
  const gate = sigmoid(g, convolve(g, `${hint}.excite`, hidden, takeOwed(excite, owed)));
  return multiply(g, settle(g, x), gate);
}
