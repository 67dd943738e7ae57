import type { GraphBuilder, Value } from '../../onnx/index.js';
import type { Size, StateDict } from '../state-dict.js';
import { readBatchNorm } from './batch-norm.js';
import { convolve, scaleOutputs, takeOwed } from './convolution/conv1d.js';
import { readLinear } from './convolution/padded-convolution.js';

/** Keys of a projector: BatchNorm, Linear and, where there is one, a BatchNorm behind it. */
export interface ProjectorKeys {
  readonly norm: string;
  readonly linear: string;
  readonly outputNorm?: string;
}

/** One product and one sum over `[batch, 1, inputSize]`: the BatchNorms are in the weights. */
export function project(
  g: GraphBuilder,
  weights: StateDict,
  keys: ProjectorKeys,
  x: Value,
  { inputSize, outputSize }: { readonly inputSize: Size; readonly outputSize: Size },
): Value {
  const norm = readBatchNorm(weights, keys.norm, inputSize);
  const layer = takeOwed(readLinear(weights, keys.linear, inputSize, outputSize), {
    value: x,
    ...norm,
  });
  if (keys.outputNorm === undefined) return convolve(g, keys.linear, x, layer);
  const { scale, shift } = readBatchNorm(weights, keys.outputNorm, outputSize);
  const scaled = scaleOutputs(layer, scale);
  const bias = scaled.bias.map((value, i) => value + (shift[i] ?? 0));
  return convolve(g, keys.linear, x, { ...scaled, bias });
}

/** Key names of ESPnet's projectors under a prefix. */
export const PROJECTORS = {
  SkaTdnnProjector: (prefix: string): ProjectorKeys => ({
    norm: `${prefix}bn`,
    linear: `${prefix}fc`,
    outputNorm: `${prefix}bn2`,
  }),
  RawNet3Projector: (prefix: string): ProjectorKeys => ({
    norm: `${prefix}bn`,
    linear: `${prefix}fc`,
  }),
} as const;

export type ProjectorName = keyof typeof PROJECTORS;
