import { add, type GraphBuilder, type Value } from '../../../onnx/index.js';
import { convReluNorm, pointwise } from '../../layers/convolution/padded-convolution.js';
import type { WeightsFor } from '../../layers/frame-weights.js';
import { res2Chain } from '../../layers/res2/res2-chain.js';
import { seModule } from '../../layers/se-module.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { hiddenSize } from './kernel-weights.js';
import { selectKernels } from './selective-kernels.js';

export interface Bottle2neckSizes {
  readonly inplanes: Size;
  readonly planes: Size;
  readonly kernels: readonly number[];
  readonly dilation: number;
  readonly scale: number;
  readonly group: Size;
}

/** `reduction` and `L` of the attention inside. */
const REDUCTION = 4;
const LEAST_HIDDEN = 16;

/** Channels of one of the groups that `scale` makes. */
function groupWidth({ planes, scale }: Pick<Bottle2neckSizes, 'planes' | 'scale'>): number {
  return Math.floor(planes.size / scale);
}

/**
 * ESPnet's SKA Bottle2neck: Res2Net in which every group of channels goes through kernels of
 * several sizes, weighted by one attention module that all groups share.
 */
export function bottle2neck(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: Bottle2neckSizes,
  weightsFor: WeightsFor,
): Value {
  const { inplanes, planes, kernels, dilation, scale, group } = sizes;
  const width = groupWidth(sizes);
  const channels = sized(width, 'planes // scale');
  const inner = sized(width * scale, 'planes // scale * scale');
  const outer = (name: string, norm: string) => ({ conv: prefix + name, norm: prefix + norm });
  const narrowed = convReluNorm(
    g,
    weights,
    outer('conv1', 'bn1'),
    { value: x },
    pointwise(inplanes, inner),
  );
  const attention = {
    weighted: channels,
    hidden: hiddenSize(width, REDUCTION, LEAST_HIDDEN),
    kernels: kernels.length,
  };
  const mixed = res2Chain(g, narrowed, { width, scale }, (input, i) => {
    const branches = kernels.map((kernel, k) => {
      const keys = {
        conv: `${prefix}skconvs.${i}.${k}.conv`,
        norm: `${prefix}skconvs.${i}.${k}.bn`,
      };
      return convReluNorm(g, weights, keys, input, {
        inChannels: channels,
        outChannels: channels,
        kernelSize: sized(kernel, `kernel_sizes[${k}]`),
        dilation,
        groups: group,
      });
    });
    return selectKernels(g, weights, `${prefix}skse.`, branches, attention, weightsFor);
  });
  const widened = convReluNorm(g, weights, outer('conv3', 'bn3'), mixed, pointwise(inner, planes));
  return add(g, seModule(g, weights, `${prefix}se.`, widened, { channels: planes }, weightsFor), x);
}
