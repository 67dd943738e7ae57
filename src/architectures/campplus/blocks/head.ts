import {
  add,
  type GraphBuilder,
  relu,
  reshape,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import { type Conv2dSizes, conv2dNorm } from '../../layers/convolution/conv2d.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

/** Sizes of the front of CAM++, FCM, which sees features as an image. */
export interface HeadSizes {
  readonly channels: Size;
  /** Residual blocks of each of the two layers. */
  readonly blocks: number;
  /** A multiple of {@link HALVED_FEATURES}. */
  readonly features: number;
}

/** Frequency is halved three times, time never. */
export const HALVED_FEATURES = 8;

/** `FCM` over `[batch, features, frames]`, to `[batch, channels * features / 8, frames]`. */
export function head(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { channels, blocks, features }: HeadSizes,
): Value {
  const [one, three] = [sized(1, '1'), sized(3, '3')];
  const sizesOf = (inChannels: Size, kernelSize: Size, stride: number): Conv2dSizes => ({
    inChannels,
    outChannels: channels,
    kernelSize,
    padding: Math.floor(kernelSize.size / 2),
    strides: [stride, 1],
    bias: false,
    // A hundredth of the weights and a third of what int8 costs: not worth its bytes.
    coarsest: 'fp16',
  });
  const convolve = (input: Value, conv: string, norm: string, sizes: Conv2dSizes) =>
    conv2dNorm(g, weights, { conv: prefix + conv, norm: prefix + norm }, input, sizes);
  const block = (input: Value, place: string, stride: number) => {
    const same = sizesOf(channels, three, 1);
    const sizes = sizesOf(channels, three, stride);
    const inner = relu(g, convolve(input, `${place}.conv1`, `${place}.bn1`, sizes));
    const outer = convolve(inner, `${place}.conv2`, `${place}.bn2`, same);
    const shortcut =
      stride === 1
        ? input
        : convolve(
            input,
            `${place}.shortcut.0`,
            `${place}.shortcut.1`,
            sizesOf(channels, one, stride),
          );
    return relu(g, add(g, outer, shortcut));
  };
  let value = relu(g, convolve(unsqueeze(g, x, 1), 'conv1', 'bn1', sizesOf(one, three, 1)));
  for (const layer of ['layer1', 'layer2']) {
    for (let i = 0; i < blocks; i++) value = block(value, `${layer}.${i}`, i === 0 ? 2 : 1);
  }
  value = relu(g, convolve(value, 'conv2', 'bn2', sizesOf(channels, three, 2)));
  const joined = (channels.size * features) / HALVED_FEATURES;
  const [batch = 'batch', , frames = 'frames'] = x.shape;
  return reshape(g, value, [0, joined, -1], [batch, joined, frames]);
}
