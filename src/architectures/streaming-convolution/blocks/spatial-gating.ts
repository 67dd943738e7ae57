import { type GraphBuilder, multiply, split, type Value } from '../../../onnx/index.js';
import {
  type DepthwiseSizes,
  depthwise,
  readDepthwise,
  type Streamed,
  zeroMasked,
} from '../../layers/convolution/depthwise.js';
import type { StateDict } from '../../state-dict.js';
import type { FrameNorm } from './frame-norms.js';

export interface SpatialGatingSizes extends DepthwiseSizes {
  /** Values of a frame that are gated; the other `channels` are the gates. */
  readonly gated: number;
  readonly norm: FrameNorm;
}

/**
 * ESPnet's ConvolutionalSpatialGatingUnit: the first half of each frame times the convolution over
 * time of the normalised second half. The cache holds that half after the norm.
 */
export function spatialGating(
  g: GraphBuilder,
  weights: StateDict,
  x: Value,
  mask: Value | undefined,
  cache: Value | undefined,
  sizes: SpatialGatingSizes,
): Streamed {
  const [values = x, gates = x] = split(g, x, 2, [sizes.gated, sizes.channels.size]);
  const normalized = zeroMasked(g, sizes.norm(g, weights, 'norm.', gates), mask);
  const kernel = readDepthwise(weights, 'conv', sizes);
  const streamed = depthwise(g, 'conv', normalized, cache, kernel);
  return { value: multiply(g, values, streamed.value), cache: streamed.cache };
}
