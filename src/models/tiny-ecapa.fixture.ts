import { elementCount, float32Tensor, type Tensor } from '../tensor.js';

/** Constructor arguments of a small ECAPA-TDNN that converts in milliseconds. */
export const TINY_ECAPA = {
  input_size: 80,
  lin_neurons: 24,
  channels: [32, 32, 32, 32, 96],
  kernel_sizes: [5, 3, 3, 3, 1],
  dilations: [1, 2, 3, 4, 1],
  attention_channels: 16,
  res2net_scale: 4,
  se_channels: 16,
  global_context: true,
} as const;

/** Random weights for {@link TINY_ECAPA}: keys and shapes as SpeechBrain saves them. */
export function tinyEcapaTensors(seed = 1): Map<string, Tensor> {
  const random = uniform(seed);
  const tensors = new Map<string, Tensor>();
  const add = (key: string, shape: number[], value: () => number): void => {
    tensors.set(
      key,
      float32Tensor(Float32Array.from({ length: elementCount(shape) }, value), shape),
    );
  };
  const conv = (key: string, out: number, into: number, kernel: number): void => {
    const bound = Math.sqrt(6 / (into * kernel));
    add(`${key}.weight`, [out, into, kernel], () => bound * (2 * random() - 1));
    add(`${key}.bias`, [out], () => 0.2 * random() - 0.1);
  };
  const norm = (key: string, size: number): void => {
    add(`${key}.weight`, [size], () => 0.5 + random());
    add(`${key}.bias`, [size], () => random() - 0.5);
    add(`${key}.running_mean`, [size], () => random() - 0.5);
    add(`${key}.running_var`, [size], () => 0.5 + random());
    add(`${key}.num_batches_tracked`, [], () => 1);
  };
  const tdnn = (key: string, out: number, into: number, kernel: number): void => {
    conv(`${key}.conv.conv`, out, into, kernel);
    norm(`${key}.norm.norm`, out);
  };
  const { channels, kernel_sizes: kernels, res2net_scale: scale, se_channels: se } = TINY_ECAPA;
  const [size, , , , last] = channels;
  const part = size / scale;
  tdnn('blocks.0', size, TINY_ECAPA.input_size, kernels[0]);
  for (const block of [1, 2, 3]) {
    const key = `blocks.${block}`;
    tdnn(`${key}.tdnn1`, size, size, 1);
    for (let i = 0; i < scale - 1; i++) {
      tdnn(`${key}.res2net_block.blocks.${i}`, part, part, kernels[1]);
    }
    tdnn(`${key}.tdnn2`, size, size, 1);
    conv(`${key}.se_block.conv1.conv`, se, size, 1);
    conv(`${key}.se_block.conv2.conv`, size, se, 1);
  }
  tdnn('mfa', last, 3 * size, 1);
  tdnn('asp.tdnn', TINY_ECAPA.attention_channels, 3 * last, 1);
  conv('asp.conv.conv', last, TINY_ECAPA.attention_channels, 1);
  norm('asp_bn.norm', 2 * last);
  conv('fc.conv', TINY_ECAPA.lin_neurons, 2 * last, 1);
  return tensors;
}

/** Tensors as the bytes of a safetensors file. */
export function safetensorsOf(tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header = Object.fromEntries(
    Array.from(tensors, ([key, { shape }]) => {
      const start = end;
      end += 4 * elementCount(shape);
      return [key, { dtype: 'F32', shape, data_offsets: [start, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let offset = 8 + text.length;
  for (const tensor of tensors.values()) {
    for (const value of tensor.float32()) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return bytes;
}

/** mulberry32: small, seeded, good enough for weights. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
