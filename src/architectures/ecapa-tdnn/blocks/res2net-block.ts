import { concat, type GraphBuilder, split } from '../../../onnx/index.js';
import { type Affine, addAffine, joinOwed } from '../../layers/affine.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { tdnnBlock } from './tdnn-block.js';

export interface Res2NetBlockSizes {
  readonly inChannels: Size;
  readonly outChannels: Size;
  /** Number of groups of channels; both channel counts are multiples of it. */
  readonly scale: number;
  readonly kernelSize: Size;
  readonly dilation: number;
}

/**
 * SpeechBrain's Res2NetBlock: the first group of channels passes through, the second is
 * convolved, each later one is convolved together with the output before it. Its activation is
 * ReLU whatever the model's is.
 */
export function res2NetBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Affine,
  sizes: Res2NetBlockSizes,
): Affine {
  const { scale } = sizes;
  const width = sizes.inChannels.size / scale;
  const hidden = sizes.outChannels.size / scale;
  const part = (owed: Float64Array | undefined, i: number) =>
    owed?.slice(i * width, (i + 1) * width);
  const values = split(g, x.value, 2, Array<number>(scale).fill(width));
  const outputs: Affine[] = [];
  for (const [i, value] of values.entries()) {
    const input = { value, scale: part(x.scale, i), shift: part(x.shift, i) };
    const before = outputs[i - 1];
    if (before === undefined) {
      outputs.push(input);
      continue;
    }
    const sum = i === 1 ? input : addAffine(g, input, before);
    outputs.push(
      tdnnBlock(g, weights, `${prefix}blocks.${i - 1}.`, sum, {
        inChannels: sized(width, `${sizes.inChannels.source} / scale`),
        outChannels: sized(hidden, `${sizes.outChannels.source} / scale`),
        kernelSize: sizes.kernelSize,
        dilation: sizes.dilation,
        groups: sized(1, 'groups'),
        activation: 'ReLU',
      }),
    );
  }
  const owed = (key: 'scale' | 'shift', neutral: number) =>
    joinOwed(
      outputs.map((output, i) => ({ owed: output[key], channels: i === 0 ? width : hidden })),
      neutral,
    );
  return {
    value: concat(
      g,
      outputs.map(({ value }) => value),
      2,
    ),
    scale: owed('scale', 1),
    shift: owed('shift', 0),
  };
}
