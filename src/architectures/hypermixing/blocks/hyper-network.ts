import type { GraphBuilder, Value } from '../../../onnx/index.js';
import type { StateDict } from '../../state-dict.js';
import { type ParallelMlpsSizes, parallelMlps } from './parallel-mlps.js';

export interface HyperNetworkSizes extends ParallelMlpsSizes {
  /** Both layers get the same generated weights. */
  readonly tied: boolean;
}

/** The generated weights of the two layers of the token-mixing MLP. */
export interface MixingWeights {
  /** `[batch, heads, tokens, outputSize]` */
  readonly w1: Value;
  readonly w2: Value;
}

/**
 * SpeechBrain's HyperNetwork: one row of weights per token, for each of two layers. Tied, `w2_gen`
 * is `w1_gen`, yet a state dict holds both names; torch loads `w2_gen` last, so it counts.
 *
 * @param x - `[batch, heads, tokens, inputSize]`
 */
export function hyperNetwork(
  g: GraphBuilder,
  weights: StateDict,
  prefix: string,
  x: Value,
  sizes: HyperNetworkSizes,
): MixingWeights {
  const w1 = parallelMlps(g, weights, `${prefix}w1_gen.`, x, sizes);
  const w2 = parallelMlps(g, weights, `${prefix}w2_gen.`, x, sizes);
  return { w1: sizes.tied ? w2 : w1, w2 };
}
