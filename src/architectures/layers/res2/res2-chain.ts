import { concat, type GraphBuilder, split } from '../../../onnx/index.js';
import { type Affine, addAffine, joinOwed } from '../affine.js';

/**
 * The inner part of Res2Net as ESPnet, WeSpeaker and TaoRuijie have it: the first of `scale` groups
 * of channels is convolved, each later one is convolved together with the output before it, and the
 * last passes through. (SpeechBrain lets the first one pass.)
 *
 * @param convolveGroup - what is done to group `i`, of `width` channels as its input is.
 */
export function res2Chain(
  g: GraphBuilder,
  x: Affine,
  { width, scale }: { readonly width: number; readonly scale: number },
  convolveGroup: (input: Affine, i: number) => Affine,
): Affine {
  const part = (owed: Float64Array | undefined, i: number) =>
    owed?.slice(i * width, (i + 1) * width);
  const groups = split(g, x.value, 2, Array<number>(scale).fill(width)).map((value, i) => ({
    value,
    scale: part(x.scale, i),
    shift: part(x.shift, i),
  }));
  const outputs: Affine[] = [];
  for (const [i, group] of groups.entries()) {
    const before = outputs[i - 1];
    if (i === scale - 1) outputs.push(group);
    else outputs.push(convolveGroup(before === undefined ? group : addAffine(g, group, before), i));
  }
  const owed = (key: 'scale' | 'shift', neutral: number) =>
    joinOwed(
      outputs.map((output) => ({ owed: output[key], channels: width })),
      neutral,
    );
  const values = outputs.map(({ value }) => value);
  return { value: concat(g, values, 2), scale: owed('scale', 1), shift: owed('shift', 0) };
}
