import {
  type GraphBuilder,
  reshape,
  transpose,
  unsqueeze,
  type Value,
} from '../../../onnx/index.js';
import { conv2dReluNorm, settle2d } from '../../layers/convolution/conv2d.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import { denseAggregation } from '../../layers/res2/dense-aggregation.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { bottle2neck } from './bottle2neck.js';
import { resBlock } from './res-block.js';

export interface SkaTdnnSizes {
  readonly inputSize: Size;
  readonly ndim: Size;
  readonly modelScale: number;
  readonly skaDim: Size;
  readonly outputSize: Size;
}

/** The encoder's result and what upstream's cases hold of the way there. */
export interface SkaTdnnValues {
  /** `[batch, frames / 2, outputSize]` */
  readonly value: Value;
  /** After the first convolution, `[batch, skaDim, inputSize / 2, frames]`. */
  readonly frt1: Value;
  /** What the one-dimensional part takes, `[batch, skaDim * inputSize / 4, frames / 2]`. */
  readonly front: Value;
}

const REDUCTION = 8;
const KERNELS = [5, 7];

/** ESPnet's SkaTdnnEncoder over `[batch, frames, inputSize]`. */
export function skaTdnnEncoder(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: SkaTdnnSizes,
): SkaTdnnValues {
  const { frt1, front } = frontBlock(g, weights, prefix, x, sizes);
  const { ndim, modelScale } = sizes;
  const rows = sized(Number(front.shape[1]), 'ska_dim * input_size / 4');
  const weightsFor = uniformWeights(g);
  const block = {
    inplanes: ndim,
    planes: ndim,
    kernels: KERNELS,
    scale: modelScale,
    group: sized(1, 'group'),
  };
  const value = denseAggregation(
    g,
    weights,
    prefix,
    { conv: 'conv1', norm: 'bn1' },
    transpose(g, front, [0, 2, 1]),
    { inputSize: rows, ndim, outputSize: sizes.outputSize },
    (name, input, dilation) =>
      bottle2neck(g, weights, name, input, { ...block, dilation }, weightsFor),
  );
  return { value, frt1, front };
}

/** Frequencies and frames, halved twice and once. */
function frontBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inputSize, skaDim }: SkaTdnnSizes,
): Pick<SkaTdnnValues, 'frt1' | 'front'> {
  const convolved = (
    i: 1 | 2,
    input: Value,
    inChannels: Size,
    strides: readonly [number, number],
  ) =>
    settle2d(
      g,
      conv2dReluNorm(
        g,
        weights,
        { conv: `${prefix}frt_conv${i}`, norm: `${prefix}frt_bn${i}` },
        input,
        { inChannels, outChannels: skaDim, kernelSize: sized(3, '3'), padding: 1, strides },
      ),
    );
  const image = unsqueeze(g, transpose(g, x, [0, 2, 1]), 1);
  const frt1 = convolved(1, image, sized(1, '1'), [2, 1]);
  const freq = sized(inputSize.size / 2, 'input_size / 2');
  const block = { inplanes: skaDim, planes: skaDim, reduction: REDUCTION, freq };
  const once = resBlock(g, weights, `${prefix}frt_block1.`, frt1, block);
  const twice = resBlock(g, weights, `${prefix}frt_block2.`, once, block);
  const frt2 = convolved(2, twice, skaDim, [2, 2]);
  const [batch = 'batch', , , frames = 'frames'] = frt2.shape;
  const rows = (skaDim.size * inputSize.size) / 4;
  return { frt1, front: reshape(g, frt2, [0, rows, -1], [batch, rows, frames]) };
}
