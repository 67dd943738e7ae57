import { add, clip, concat, type GraphBuilder, split, type Value } from '../../../onnx/index.js';
import { conv2dNorm } from '../../layers/convolution/conv2d.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { attentionalFusion } from './attentional-fusion.js';

/** What all blocks of a network are made with. */
export interface Res2Widths {
  /** Channels of a split, in 64ths of the block's planes. */
  readonly baseWidth: number;
  /** How many splits there are. */
  readonly scale: number;
  /** Output channels per plane. */
  readonly expansion: number;
}

/** Sizes of a block. */
export interface Res2BlockSizes extends Res2Widths {
  readonly inChannels: Size;
  readonly planes: number;
  /** Over frequencies and frames alike. */
  readonly stride: number;
  /** What a split takes over from the one before: its sum, or what `AFF` makes of both. */
  readonly join: 'sum' | 'fusion';
  /** Whether the first split's convolution has keys of its own, as WeSpeaker's fusing blocks. */
  readonly firstApart: boolean;
}

/** Channels behind a block. */
export function outChannelsOf({
  planes,
  expansion,
}: Pick<Res2BlockSizes, 'planes' | 'expansion'>): Size {
  return sized(planes * expansion, `expansion * ${planes}`);
}

/** Channels of a split. */
export function splitWidth({ planes, baseWidth }: Pick<Res2BlockSizes, 'planes' | 'baseWidth'>) {
  return Math.floor((planes * baseWidth) / 64);
}

/** The `ReLU` of the blocks is upstream's own: `Hardtanh(0, 20)`. */
const limitedRelu = (g: GraphBuilder, x: Value) => clip(g, x, { low: 0, high: 20 });

/**
 * A residual block of ERes2Net over `[batch, channels, frequencies, frames]`. Every split is
 * convolved, the first too, where Res2Net passes it on.
 */
export function res2Block(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: Res2BlockSizes,
): Value {
  const { inChannels, planes, scale, stride } = sizes;
  const width = sized(splitWidth(sizes), `${planes} * baseWidth / 64`);
  const inner = sized(scale * width.size, `scale * ${width.source}`);
  const outChannels = outChannelsOf(sizes);
  const pointwise = (conv: string, norm: string, input: Value, from: Size, to: Size, step = 1) =>
    conv2dNorm(g, weights, { conv: prefix + conv, norm: prefix + norm }, input, {
      inChannels: from,
      outChannels: to,
      kernelSize: sized(1, '1'),
      padding: 0,
      strides: [step, step],
      bias: false,
    });
  const narrowed = limitedRelu(g, pointwise('conv1', 'bn1', x, inChannels, inner, stride));
  const convolved = convolveSplits(g, weights, prefix, narrowed, width, sizes);
  const outer = pointwise('conv3', 'bn3', convolved, inner, outChannels);
  const shortcut =
    stride === 1 && inChannels.size === outChannels.size
      ? x
      : pointwise('shortcut.0', 'shortcut.1', x, inChannels, outChannels, stride);
  return limitedRelu(g, add(g, outer, shortcut));
}

function convolveSplits(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  width: Size,
  { scale, join, firstApart }: Res2BlockSizes,
): Value {
  const sizes = {
    inChannels: width,
    outChannels: width,
    kernelSize: sized(3, '3'),
    padding: 1,
    bias: false,
  };
  const keysOf = (i: number) => {
    if (!firstApart) return { conv: `${prefix}convs.${i}`, norm: `${prefix}bns.${i}` };
    if (i === 0) return { conv: `${prefix}conv2_1`, norm: `${prefix}bn2_1` };
    return { conv: `${prefix}convs.${i - 1}`, norm: `${prefix}bns.${i - 1}` };
  };
  const done: Value[] = [];
  for (const [i, part] of split(g, x, 1, Array<number>(scale).fill(width.size)).entries()) {
    const before = done.at(-1);
    let input = part;
    if (before !== undefined) {
      const place = `${prefix}fuse_models.${i - 1}.`;
      input =
        join === 'sum'
          ? add(g, before, part)
          : attentionalFusion(g, weights, place, { first: before, second: part }, width);
    }
    done.push(limitedRelu(g, conv2dNorm(g, weights, keysOf(i), input, sizes)));
  }
  return concat(g, done, 1);
}
