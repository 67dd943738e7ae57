import { add, type GraphBuilder, relu, type Value } from '../../../onnx/index.js';
import { conv2dReluNorm, settle2d } from '../../layers/convolution/conv2d.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';
import { hiddenSize } from './kernel-weights.js';
import { type SelectiveKernels2dSizes, selectKernels2d } from './selective-kernels-2d.js';

export interface ResBlockSizes {
  readonly inplanes: Size;
  readonly planes: Size;
  readonly reduction: number;
  readonly freq: Size;
}

/** Upstream's kernels, whatever the caller wants. */
const BRANCHES = [5, 7].map((kernel) => ({
  kernel,
  dilation: 1,
  padding: Math.floor(kernel / 2),
}));
/** `L` of both attentions. */
const LEAST_HIDDEN = 16;

/** ESPnet's ResBlock: convolution, attention over frequencies, then over channels, residual. */
export function resBlock(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inplanes, planes, reduction, freq }: ResBlockSizes,
): Value {
  const keys = { conv: `${prefix}conv1`, norm: `${prefix}bn1` };
  const mixed = settle2d(
    g,
    conv2dReluNorm(g, weights, keys, x, {
      inChannels: inplanes,
      outChannels: planes,
      kernelSize: sized(3, '3'),
      padding: 1,
      bias: false,
    }),
  );
  const attend = (name: string, over: SelectiveKernels2dSizes['over'], input: Value) =>
    selectKernels2d(g, weights, `${prefix}${name}.`, input, {
      over,
      freq,
      channels: planes,
      branches: BRANCHES,
      kernels: BRANCHES.length,
      hidden: hiddenSize((over === 'frequencies' ? freq : planes).size, reduction, LEAST_HIDDEN),
      groups: sized(1, 'groups'),
    });
  const byFrequency = attend('skfwse', 'frequencies', mixed);
  const byChannel = attend('skcwse', 'channels', byFrequency);
  return relu(g, add(g, byChannel, x));
}
