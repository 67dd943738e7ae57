import {
  type Dim,
  dimAt,
  type GraphBuilder,
  knownDim,
  relu,
  reshape,
  transpose,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import type { Port } from '../../module.js';
import { type StateDict, sized } from '../../state-dict.js';
import { conv2dNorm } from '../convolution/conv2d.js';
import type { ResidualBlock } from './residual-block.js';

/** Frequency and time are each halved three times: behind the first layer, at the start of each. */
export const HALVED = 8;

/** A residual network that sees features as an image of one channel. */
export interface ResidualNetwork {
  /** Channels behind the first convolution; every further layer has twice as many. */
  readonly channels: { readonly size: number; readonly source: string };
  /** Blocks in each of the four layers. */
  readonly blocks: readonly number[];
  /** Channels that leave a block, per channel inside it. */
  readonly expansion: number;
  /** Bands of the features: a multiple of {@link HALVED}. */
  readonly bands: number;
  readonly block: ResidualBlock;
}

/** Values per frame that leave the last layer. */
export function frameSize({ channels, blocks, expansion, bands }: ResidualNetwork): number {
  return channels.size * 2 ** (blocks.length - 1) * expansion * (bands / HALVED);
}

/** The outputs `layer1` to `layer4`, `[batch, channels, frequencies, frames]`. */
export function layerPorts({ channels, blocks, expansion, bands }: ResidualNetwork): Port[] {
  let frames: Dim = 'frames';
  return blocks.map((_, i) => {
    if (i > 0) frames = `(${frames}-1)/2+1`;
    const shape = ['batch', channels.size * 2 ** i * expansion, bands / 2 ** i, frames];
    return { name: `layer${i + 1}`, dtype: 'float32', shape };
  });
}

/**
 * From features `[batch, frames, bands]` to what the last layer makes of them,
 * `[batch, frames, channels * frequencies]` with channels outermost. The first convolution has
 * stride 1 and no pooling behind it.
 */
export function residualNetwork(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { channels, blocks, expansion, block }: ResidualNetwork,
): Value {
  const stem = {
    inChannels: sized(1, '1'),
    outChannels: channels,
    kernelSize: sized(3, '3'),
    padding: 1,
    bias: false,
  };
  const keys = { conv: `${prefix}conv1`, norm: `${prefix}bn1` };
  const image = unsqueeze(g, transpose(g, x, [0, 2, 1]), 1);
  let value = relu(g, conv2dNorm(g, weights, keys, image, stem));
  let inPlanes = sized(channels.size, channels.source);
  for (const [layer, count] of blocks.entries()) {
    const planes = sized(channels.size * 2 ** layer, `${2 ** layer} * ${channels.source}`);
    for (let i = 0; i < count; i++) {
      const stride = layer > 0 && i === 0 ? 2 : 1;
      const place = `${prefix}layer${layer + 1}.${i}.`;
      value = block(g, weights, place, value, { inPlanes, planes, stride });
      inPlanes = sized(planes.size * expansion, `${expansion} * ${planes.source}`);
    }
    g.output(`layer${layer + 1}`, value);
  }
  return framesOf(g, value);
}

/** `[batch, channels, frequencies, frames]` as `[batch, frames, channels * frequencies]`. */
function framesOf(g: GraphBuilder, image: Value): Value {
  const joined = knownDim(image.shape, 1) * knownDim(image.shape, 2);
  const shape = [dimAt(image.shape, 0), joined, dimAt(image.shape, 3)];
  return transpose(g, reshape(g, image, [0, joined, -1], shape), [0, 2, 1]);
}
