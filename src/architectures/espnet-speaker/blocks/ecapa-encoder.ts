import type { GraphBuilder, Value } from '../../../onnx/index.js';
import { uniformWeights } from '../../layers/frame-weights.js';
import { denseAggregation } from '../../layers/res2/dense-aggregation.js';
import { res2Bottleneck } from '../../layers/res2/res2-bottleneck.js';
import { seModule } from '../../layers/se-module.js';
import { type Size, type StateDict, sized } from '../../state-dict.js';

export interface EspnetEcapaSizes {
  readonly inputSize: Size;
  readonly ndim: Size;
  readonly modelScale: number;
  readonly outputSize: Size;
}

/** ESPnet's EcapaTdnnEncoder over `[batch, frames, inputSize]`. */
export function espnetEcapaEncoder(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  { inputSize, ndim, modelScale, outputSize }: EspnetEcapaSizes,
): Value {
  const weightsFor = uniformWeights(g);
  const block = {
    inplanes: ndim,
    planes: ndim,
    kernelSize: sized(3, '3'),
    scale: modelScale,
  };
  return denseAggregation(
    g,
    weights,
    prefix,
    { conv: 'conv', norm: 'bn' },
    x,
    { inputSize, ndim, outputSize },
    (name, input, dilation) =>
      res2Bottleneck(g, weights, name, input, { ...block, dilation }, (se, value) =>
        seModule(g, weights, se, value, { channels: ndim }, weightsFor),
      ),
  );
}
