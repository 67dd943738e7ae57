import { seededFeatures } from '../../models/seeded-features.js';
import { elementCount, float32Tensor, type Tensor } from '../../tensor.js';

/** Constructor arguments of a small encoder that a test runs in milliseconds. */
export const TINY_CAUSAL = {
  input_size: 8,
  stack: 2,
  channels: 12,
  blocks: 3,
  kernel_size: 5,
  attention_channels: 6,
  lin_neurons: 10,
} as const;

/** The size that ships. */
export const FULL_CAUSAL = {
  input_size: 80,
  stack: 2,
  channels: 256,
  blocks: 8,
  kernel_size: 15,
  attention_channels: 64,
  lin_neurons: 192,
} as const;

/** A constructor's arguments, all given. */
export type CausalConfig = Readonly<Record<keyof typeof TINY_CAUSAL, number>>;

/**
 * Seeded weights under the class's keys. Each key has a stream of its own, so that a program in
 * another language makes the same bits from the key alone.
 */
export function causalTdnnTensors(config: CausalConfig, seed = 1): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const put = (key: string, shape: number[], low: number, high: number): void => {
    const unit = seededFeatures(seed, elementCount(shape), 1, key);
    const values = unit.map((value) => low + ((high - low) * (value / 10 + 1)) / 2);
    tensors.set(key, float32Tensor(values, shape));
  };
  const linear = (key: string, shape: number[], gain = 1): void => {
    const bound = gain * Math.sqrt(3 / elementCount(shape.slice(1)));
    put(`${key}.weight`, shape, -bound, bound);
  };
  const norm = (key: string, size: number): void => {
    // Some scales are negative, as trained ones can be.
    put(`${key}.weight`, [size], -0.2, 1.2);
    put(`${key}.bias`, [size], -0.5, 0.5);
    put(`${key}.running_mean`, [size], -0.5, 0.5);
    put(`${key}.running_var`, [size], 0.5, 1.5);
    put(`${key}.num_batches_tracked`, [], 1, 1);
  };
  const { channels, kernel_size: taps, attention_channels: hidden, lin_neurons: out } = config;
  // Features span 10 and not 1.
  linear('stem.conv', [channels, config.stack * config.input_size, 1], 0.2);
  norm('stem.norm', channels);
  for (let i = 0; i < config.blocks; i++) {
    linear(`blocks.${i}.pointwise1`, [channels, channels, 1]);
    norm(`blocks.${i}.norm1`, channels);
    linear(`blocks.${i}.depthwise`, [channels, 1, taps]);
    norm(`blocks.${i}.norm2`, channels);
    linear(`blocks.${i}.pointwise2`, [channels, channels, 1]);
    norm(`blocks.${i}.norm3`, channels);
  }
  norm('pooling.norm', channels);
  linear('pooling.attention1', [hidden, channels, 1]);
  put('pooling.attention1.bias', [hidden], -0.1, 0.1);
  linear('pooling.attention2', [channels, hidden, 1]);
  put('pooling.attention2.bias', [channels], -0.1, 0.1);
  norm('norm', 2 * channels);
  linear('fc', [out, 2 * channels]);
  put('fc.bias', [out], -0.1, 0.1);
  return tensors;
}
