// @module-tag slow

import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime, type Runtime } from '../../runtime/index.js';
import type { TensorValue } from '../../tensor.js';
import { float32Tensor, type Tensor } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { checkInputs } from '../check-inputs.js';
import { recognizeArchitecture } from '../recognize.js';
import {
  biasByPosition,
  computeBias,
  relativePositionBucket,
} from './blocks/relative-positions.js';

const TINY = {
  input_patch_size: 64,
  embed_dim: 4,
  encoder_layers: 2,
  encoder_embed_dim: 6,
  encoder_ffn_embed_dim: 8,
  encoder_attention_heads: 2,
  conv_pos: 4,
  conv_pos_groups: 2,
  relative_position_embedding: true,
  num_buckets: 8,
  max_distance: 10,
  gru_rel_pos: true,
  deep_norm: true,
};

const wave = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const tensor = (shape: number[], seed: number) =>
  float32Tensor(
    wave(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );

/** Upstream's state dict for {@link TINY}, under a prefix. */
function tinyWeights(prefix = ''): Map<string, Tensor> {
  const shapes: Record<string, number[]> = {
    'patch_embedding.weight': [4, 1, 64, 64],
    'layer_norm.weight': [4],
    'layer_norm.bias': [4],
    'post_extract_proj.weight': [6, 4],
    'post_extract_proj.bias': [6],
    'encoder.pos_conv.0.weight_g': [1, 1, 4],
    'encoder.pos_conv.0.weight_v': [6, 3, 4],
    'encoder.pos_conv.0.bias': [6],
    'encoder.layer_norm.weight': [6],
    'encoder.layer_norm.bias': [6],
  };
  for (const layer of ['encoder.layers.0', 'encoder.layers.1']) {
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      shapes[`${layer}.self_attn.${name}.weight`] = [6, 6];
      shapes[`${layer}.self_attn.${name}.bias`] = [6];
    }
    shapes[`${layer}.self_attn.grep_linear.weight`] = [8, 3];
    shapes[`${layer}.self_attn.grep_linear.bias`] = [8];
    shapes[`${layer}.self_attn.grep_a`] = [1, 2, 1, 1];
    shapes[`${layer}.self_attn.relative_attention_bias.weight`] = [8, 2];
    for (const norm of ['self_attn_layer_norm', 'final_layer_norm']) {
      shapes[`${layer}.${norm}.weight`] = [6];
      shapes[`${layer}.${norm}.bias`] = [6];
    }
    shapes[`${layer}.fc1.weight`] = [8, 6];
    shapes[`${layer}.fc1.bias`] = [8];
    shapes[`${layer}.fc2.weight`] = [6, 8];
    shapes[`${layer}.fc2.bias`] = [6];
  }
  const entries = Object.entries(shapes);
  return new Map(entries.map(([key, shape], i) => [prefix + key, tensor(shape, i + 1)]));
}

const fbank = (batch: number, frames: number, data = wave(batch * frames * 128, 5)) =>
  ({ type: 'float32', dims: [batch, frames, 128], data }) satisfies TensorValue;
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
};

describe('relative positions', () => {
  it('falls on the float32 side of exact edges', () => {
    // At 10, 20 and 80 float64 lands one bucket lower or higher; these are torch's.
    const buckets = { numBuckets: 20, maxDistance: 160 };
    expect([9, 10, 20, 80].map((position) => relativePositionBucket(position, buckets))).toEqual([
      15, 16, 17, 19,
    ]);
    expect(relativePositionBucket(-9, buckets)).toBe(5);
    expect(relativePositionBucket(5000, buckets)).toBe(19);
    expect(relativePositionBucket(3, buckets, false)).toBe(0);
  });

  it('needs no more of the table than its reach', () => {
    const buckets = { numBuckets: 8, maxDistance: 10 };
    const table = wave(16, 1);
    const { reach } = biasByPosition(table, 2, buckets);
    expect(reach).toBeLessThanOrEqual(10);
    const bias = computeBias(table, 2, buckets, 3, 40);
    for (let key = 0; key < 40; key++) {
      const bucket = relativePositionBucket(key - 2, buckets);
      expect(bias[2 * 40 + key]).toBe(table[bucket * 2]);
      expect(bias[5 * 40 + key]).toBe(table[bucket * 2 + 1]);
    }
  });
});

describe('BEATs', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm', threads: 1 });
  });
  afterAll(() => runtime.dispose());
  const run = async (
    inputs: Record<string, TensorValue>,
    outputs: readonly string[] = ['y'],
    { cls = 'BEATs', config = TINY as Record<string, unknown>, weights = tinyWeights() } = {},
  ) => {
    const options = { inputs: Object.keys(inputs), outputs };
    const session = await runtime.openSession(buildGraph(cls, config, weights, options));
    const values = await session.run(inputs);
    await session.dispose();
    return outputs.map((name) => Array.from(values[name]?.data ?? [], Number));
  };
  const close = (a: readonly number[] = [], b: readonly number[] = []) => {
    expect(a.length).toBeGreaterThan(0);
    expect(a).toHaveLength(b.length);
    for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i] ?? Number.NaN, 4);
  };

  it('gives each utterance of a batch what it gives it alone', async () => {
    const data = wave(2 * 200 * 128, 3);
    const [both = []] = await run({ fbank: fbank(2, 200, data) });
    const [second = []] = await run({ fbank: fbank(1, 200, data.slice(200 * 128)) });
    close(both.slice(both.length / 2), second);
  });

  it('drops frames that fill no patch', async () => {
    const data = wave(150 * 128, 3);
    const [longer] = await run({ fbank: fbank(1, 150, data) });
    const [shorter] = await run({ fbank: fbank(1, 128, data.slice(0, 128 * 128)) });
    close(longer, shorter);
  });

  it('averages tokens into the embedding, padding left out', async () => {
    const inputs = {
      fbank: fbank(1, 256),
      frame_padding_mask: {
        type: 'uint8',
        dims: [1, 256],
        data: Uint8Array.from({ length: 256 }, (_, i) => (i < 128 ? 0 : 1)),
      } satisfies TensorValue,
    };
    const outputs = ['y', 'embedding', 'padding_mask_tokens'];
    const [y = [], embedding, mask = []] = await run(inputs, outputs);
    expect(mask).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const kept = Array.from({ length: 6 }, (_, i) =>
      [0, 1, 2, 3].reduce((sum, token) => sum + (y[token * 6 + i] ?? 0) / 4, 0),
    );
    close(embedding, kept);
  });

  it('takes the encoder out of the whole model of ESPnet, as unilm has it', async () => {
    const weights = tinyWeights('encoder.');
    weights.set('ctc.ctc_lo.weight', tensor([3, 6], 1));
    weights.set('encoder.raw2fbank_pad.weight', tensor([1, 1, 400], 1));
    const espnet = { cls: 'BeatsEncoder', config: { beats_config: TINY }, weights };
    const inputs = { fbank: fbank(1, 130) };
    const [y, lengths] = await run(inputs, ['y', 'output_lens'], espnet);
    const [expected, first] = await run(inputs, ['y', 'layer0']);
    close(y, expected);
    expect(lengths).toEqual([4]);
    const one = { ...espnet, config: { beats_config: TINY, max_layer: 1 } };
    close((await run(inputs, ['y'], one))[0], first);
    const last = { ...espnet, config: { beats_config: TINY, max_layer: -1 } };
    close((await run(inputs, ['y'], last))[0], expected);
  });

  it('reads the parametrizations under which torch 2 saves weight norm', async () => {
    const renamed = new Map(
      [...tinyWeights()].map(([key, value]) => [
        key
          .replace('weight_g', 'parametrizations.weight.original0')
          .replace('weight_v', 'parametrizations.weight.original1'),
        value,
      ]),
    );
    const inputs = { fbank: fbank(1, 128) };
    close((await run(inputs, ['y'], { weights: renamed }))[0], (await run(inputs))[0]);
  });

  it.each(['fp16', 'int8'] as const)('is stored as %s without its values twice', (precision) => {
    const small = buildGraph('BEATs', TINY, tinyWeights(), { precision });
    expect(small.length).toBeLessThan(buildGraph('BEATs', TINY, tinyWeights()).length);
  });

  it.each([
    ['no patch size', { input_patch_size: undefined }, 'input_patch_size'],
    ['the default patch size of the class', { input_patch_size: -1 }, 'input_patch_size'],
    ['both orders of LayerNorm', { layer_norm_first: true }, 'exclude each other'],
    ['a gated layer with DeepNorm', { activation_fn: 'glu' }, 'deep_norm'],
    ['heads that do not divide', { encoder_attention_heads: 4 }, 'encoder_attention_heads'],
    ['groups that do not divide', { conv_pos_groups: 4 }, 'conv_pos_groups'],
    ['too few buckets', { num_buckets: 3 }, 'num_buckets'],
    ['an unknown activation', { activation_fn: 'swish' }, 'activation_fn'],
  ])('refuses %s', (_, change, text) => {
    const message = code(() => describeGraph('BEATs', { ...TINY, ...change }));
    expect(message).toContain('graph/invalid');
    expect(message).toContain(text);
  });

  it('refuses layers that there are not, and what is not built', () => {
    const espnet = (config: object) =>
      code(() => describeGraph('BeatsEncoder', { beats_config: TINY, ...config }));
    expect(espnet({ max_layer: 3 })).toContain('give 0 to 2');
    expect(espnet({ max_layer: -1, use_weighted_representation: true })).toContain('max_layer');
    expect(espnet({ adapter_config: 'adapter.json' })).toContain('adapter');
    expect(espnet({ max_layer: 2 })).toBe('no error');
  });

  it('refuses too few frames, and masks that do not fit', () => {
    const description = describeGraph('BEATs', TINY);
    const check = (shapes: Record<string, number[]>) =>
      code(() => checkInputs(description, shapes));
    expect(check({ fbank: [1, 63, 128] })).toContain('graph/too-short');
    expect(check({ fbank: [1, 64, 80] })).toContain('must be 128');
    expect(check({ fbank: [1, 64, 128], frame_padding_mask: [1, 63] })).toContain('63 frames');
    expect(check({ fbank: [1, 64, 128], frame_padding_mask: [1, 64] })).toBe('no error');
    const downsampled = describeGraph('BeatsEncoder', { downsampling_rate: 8 });
    expect(downsampled.minimumFrames).toBe(32);
  });

  it('is recognized by its cfg, and without one by its shapes', () => {
    const found = recognizeArchitecture(tinyWeights(), { cfg: { ...TINY, unheard_of: 1 } });
    expect(found).toMatchObject({ class: 'unilm beats BEATs.BEATs', config: TINY });
    expect(found?.notes.join()).toContain('unheard_of');
    const { max_distance: _, ...told } = TINY;
    const read = recognizeArchitecture(tinyWeights());
    expect(read?.config).toMatchObject({ ...told, max_distance: 800 });
    expect(read?.notes.join()).toContain('max_distance');
    const whole = tinyWeights('encoder.');
    whole.set('encoder.layer_weights', tensor([2, 1], 1));
    whole.set('encoder.downsample_conv.weight', tensor([6, 6, 4], 1));
    const espnet = recognizeArchitecture(whole);
    expect(espnet?.class).toContain('BeatsEncoder');
    expect(espnet?.config).toMatchObject({ max_layer: 1, downsampling_rate: 3 });
  });
});

describe('MultiheadAttention', () => {
  const config = { embed_dim: 4, num_heads: 2 };
  const weights = new Map<string, Tensor>();
  for (const [seed, name] of ['q_proj', 'k_proj', 'v_proj', 'out_proj'].entries()) {
    weights.set(`${name}.weight`, tensor([4, 4], seed));
    weights.set(`${name}.bias`, tensor([4], seed));
  }
  const build = (change: object, args: Record<string, unknown>, outputs?: string[]) =>
    code(() =>
      buildGraph('MultiheadAttention', { ...config, ...change }, weights, {
        args,
        ...(outputs === undefined ? {} : { outputs }),
      }),
    );

  it('refuses what upstream raises at', () => {
    expect(build({ add_bias_kv: true }, {})).toContain('add_bias_kv');
    expect(build({}, { incremental_state: {} })).toContain('incremental_state');
    expect(build({}, { static_kv: true })).toBe('no error');
    expect(build({ num_heads: 3 }, {})).toContain('num_heads');
    expect(build({ self_attention: true, kdim: 8 }, {})).toContain('kdim');
    expect(build({ q_noise: 0.1 }, {})).toContain('qn_block_size');
    const relative = { add_zero_attn: true, has_relative_attention_bias: true };
    expect(build(relative, {})).toContain('add_zero_attn');
  });

  it('gives only what the call asks for', () => {
    expect(build({}, { need_weights: false }, ['weights'])).toContain('gives no weights');
    expect(build({}, { before_softmax: true }, ['attn'])).toContain('scores, v_out');
    expect(build({}, {}, ['position_bias_out'])).toContain('attn, weights');
    expect(build({}, { need_wieghts: true })).toContain('need_wieghts');
  });

  it('refuses keys, values and masks of other sizes', () => {
    const check = (change: object, shapes: Record<string, number[]>) =>
      code(() =>
        checkInputs(describeGraph('MultiheadAttention', { ...config, ...change }), {
          q: [3, 2, 4],
          ...shapes,
        }),
      );
    expect(check({}, { k: [5, 2, 4], v: [4, 2, 4] })).toContain('they must agree');
    expect(check({ self_attention: true }, { k: [5, 2, 4] })).toContain('self_attention');
    expect(check({ kdim: 6 }, {})).toContain('kdim');
    expect(check({}, { key_padding_mask: [2, 4] })).toContain('key_padding_mask');
    expect(check({}, { attn_mask: [3, 4] })).toContain('attn_mask');
    expect(check({}, { position_bias: [3, 3, 3] })).toContain('expected [4, 3, 3]');
    expect(check({}, { k: [5, 2, 4] })).toBe('no error');
  });
});

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it BEATs' reference`);

describe.skipIf(absent)("upstream's numbers", () => {
  it('are met by all cases of BEATs and its attention', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'beats-'));
    try {
      const names = readdirSync(cases).filter((name) => /^(mha|beats|espnet_beats)_/.test(name));
      // 90 million weights take minutes: that case runs by itself.
      for (const name of names.filter((each) => !each.includes('real_size'))) {
        symlinkSync(join(cases, name), join(folder, name));
      }
      const { cases: results } = await runParity(folder);
      expect(results.length).toBeGreaterThan(200);
      expect(results.filter(({ pass }) => !pass)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 300_000);
});
