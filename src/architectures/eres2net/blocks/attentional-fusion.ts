import {
  add,
  concat,
  type GraphBuilder,
  multiply,
  sigmoid,
  subtract,
  tanh,
  type Value,
} from '../../../onnx/index.js';
import { conv2dNorm } from '../../layers/convolution/conv2d.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

/** By how much `AFF` narrows its channels, unless it is told otherwise. */
export const REDUCTION = 4;

/** Two maps `[batch, channels, frequencies, frames]` of the same shape. */
export interface FusedMaps {
  /** The split before, or the deeper map. */
  readonly first: Value;
  readonly second: Value;
}

/**
 * `AFF`, attentional feature fusion: of every value of two maps, how much of each is taken, by a
 * small network that sees both. The shares t = 1 + tanh(a) and 2 - t sum to 2, so that
 * `first * t + second * (2 - t)` is `first + second + tanh(a) * (first - second)`.
 */
export function attentionalFusion(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  { first, second }: FusedMaps,
  channels: Size,
  reduction = REDUCTION,
): Value {
  const both = sized(2 * channels.size, `2 * ${channels.source}`);
  const inner = sized(Math.floor(channels.size / reduction), `${channels.source} / ${reduction}`);
  const layer = (at: number, x: Value, inChannels: Size, outChannels: Size) => {
    const keys = { conv: `${prefix}local_att.${at}`, norm: `${prefix}local_att.${at + 1}` };
    return conv2dNorm(g, weights, keys, x, {
      inChannels,
      outChannels,
      kernelSize: sized(1, '1'),
      padding: 0,
    });
  };
  const hidden = layer(0, concat(g, [first, second], 1), both, inner);
  const active = multiply(g, hidden, sigmoid(g, hidden));
  const lean = tanh(g, layer(3, active, inner, channels));
  return add(g, add(g, first, second), multiply(g, lean, subtract(g, first, second)));
}
