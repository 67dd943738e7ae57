import { add, type GraphBuilder, type Value } from '../../../onnx/index.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import type { Affine } from '../affine.js';
import { convReluNorm, pointwise } from '../convolution/padded-convolution.js';
import { res2Chain } from './res2-chain.js';

export interface Res2BottleneckSizes {
  readonly inplanes: Size;
  readonly planes: Size;
  readonly kernelSize: Size;
  readonly dilation: number;
  readonly scale: number;
}

/**
 * The Res2Net block of TaoRuijie's ECAPA-TDNN and ESPnet's copy of it, which differ in their
 * squeeze-and-excitation alone.
 *
 * @param excite - weights the channels of the last convolution.
 */
export function res2Bottleneck(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inplanes, planes, kernelSize, dilation, scale }: Res2BottleneckSizes,
  excite: (prefix: string, x: Affine) => Value,
): Value {
  const width = Math.floor(planes.size / scale);
  const group = sized(width, 'planes // scale');
  const inner = sized(width * scale, 'planes // scale * scale');
  const layer = (name: string, norm: string) => ({ conv: prefix + name, norm: prefix + norm });
  const wide = pointwise(inplanes, inner);
  const narrowed = convReluNorm(g, weights, layer('conv1', 'bn1'), { value: x }, wide);
  const mixed = res2Chain(g, narrowed, { width, scale }, (input, i) =>
    convReluNorm(g, weights, layer(`convs.${i}`, `bns.${i}`), input, {
      ...pointwise(group, group),
      kernelSize,
      dilation,
    }),
  );
  const widened = convReluNorm(g, weights, layer('conv3', 'bn3'), mixed, pointwise(inner, planes));
  return add(g, excite(`${prefix}se.`, widened), x);
}
