// @module-tag slow

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runParity } from '../../../../scripts/lab/parity/run.js';
import { SHARED } from '../../../platform/checkout.fixture.js';
import { openRuntime } from '../../../runtime/index.js';
import type { TensorValue } from '../../../tensor.js';
import { elementCount, float32Tensor, type Tensor } from '../../../tensor.js';
import { buildGraph, describeGraph } from '../../build-graph.js';

const PLACE = 'espnet2.spk.encoder.ska_tdnn_encoder';
type Tensors = Map<string, Tensor>;

/** Values that repeat nowhere, of both signs; variances are positive. */
function put(tensors: Tensors, key: string, shape: number[]): void {
  const seed = [...key].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1009;
  const value = (i: number) => Math.sin(seed + 1.7 * i);
  const values = Float32Array.from({ length: elementCount(shape) }, (_, i) =>
    key.endsWith('running_var') ? 0.5 + value(i) ** 2 : value(i),
  );
  tensors.set(key, float32Tensor(values, shape));
}

function putNorm(tensors: Tensors, key: string, size: number): void {
  for (const name of ['weight', 'bias', 'running_mean', 'running_var']) {
    put(tensors, `${key}.${name}`, [size]);
  }
}

function putLinear(tensors: Tensors, key: string, out: number, into: number): void {
  put(tensors, `${key}.weight`, [out, into]);
  put(tensors, `${key}.bias`, [out]);
}

const read = (tensors: Tensors, key: string) => tensors.get(key)?.float32() ?? new Float32Array();

async function run(
  cls: string,
  config: Record<string, unknown>,
  tensors: Tensors,
  x: { shape: number[]; values: Float32Array },
  options: Parameters<typeof buildGraph>[3] = {},
): Promise<Record<string, TensorValue>> {
  const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
  try {
    const session = await runtime.openSession(buildGraph(cls, config, tensors, options));
    return await session.run({ x: { type: 'float32', dims: x.shape, data: x.values } });
  } finally {
    await runtime.dispose();
  }
}

const wave = (shape: number[]) => ({
  shape,
  values: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.cos(0.9 * i)),
});

function worst(a: ArrayLike<number | bigint> | undefined, b: ArrayLike<number>): number {
  const values = Array.from(b);
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((v, i) => Math.abs(v - Number(a?.[i])))) / largest;
}

describe('SKAttentionModule', () => {
  const [C, T, D] = [4, 6, 3];
  const convs = [
    { kernel_size: 3, dilation: 2, relu_bn: true },
    { kernel_size: 1, groups: 2 },
  ];
  const tensors: Tensors = new Map();
  put(tensors, 'convs.0.conv.weight', [C, C, 3]);
  put(tensors, 'convs.0.conv.bias', [C]);
  putNorm(tensors, 'convs.0.bn', C);
  put(tensors, 'convs.1.weight', [C, C / 2, 1]);
  put(tensors, 'convs.1.bias', [C]);
  putLinear(tensors, 'fc', D, C);
  putLinear(tensors, 'fcs.0', C, D);
  putLinear(tensors, 'fcs.1', C, D);

  /** The definition, written out in float64. */
  function expected(x: Float32Array): number[] {
    const at = (key: string, i: number) => read(tensors, key)[i] ?? 0;
    const input = (c: number, t: number) => (t < 0 || t >= T ? 0 : (x[c * T + t] ?? 0));
    const first = (c: number, t: number) => {
      let sum = at('convs.0.conv.bias', c);
      for (let i = 0; i < C; i++) {
        for (let k = 0; k < 3; k++) {
          sum += at('convs.0.conv.weight', (c * C + i) * 3 + k) * input(i, t + 2 * (k - 1));
        }
      }
      const scale = at('convs.0.bn.weight', c) / Math.sqrt(at('convs.0.bn.running_var', c) + 1e-5);
      const centred = Math.max(0, sum) - at('convs.0.bn.running_mean', c);
      return centred * scale + at('convs.0.bn.bias', c);
    };
    const second = (c: number, t: number) => {
      const group = Math.floor(c / 2) * 2;
      let sum = at('convs.1.bias', c);
      for (let i = 0; i < 2; i++) sum += at('convs.1.weight', c * 2 + i) * input(group + i, t);
      return sum;
    };
    const steps = Array.from({ length: T }, (_, t) => t);
    const pooled = Array.from({ length: C }, (_, c) =>
      steps.reduce((sum, t) => sum + (first(c, t) + second(c, t)) / T, 0),
    );
    const layer = (key: string, values: number[], out: number) =>
      Array.from({ length: out }, (_, o) =>
        values.reduce(
          (sum, value, i) => sum + value * at(`${key}.weight`, o * values.length + i),
          at(`${key}.bias`, o),
        ),
      );
    const hidden = layer('fc', pooled, D).map((value) => Math.max(0, value));
    const [a, b] = [layer('fcs.0', hidden, C), layer('fcs.1', hidden, C)];
    return Array.from({ length: C * T }, (_, i) => {
      const [c, t] = [Math.floor(i / T), i % T];
      const share = 1 / (1 + Math.exp((b[c] ?? 0) - (a[c] ?? 0)));
      return share * first(c, t) + (1 - share) * second(c, t);
    });
  }

  it('is its definition, negative BatchNorm scales and grouped convolutions included', async () => {
    const config = { channel: C, reduction: 2, L: D, num_kernels: 2 };
    const x = wave([1, C, T]);
    const { y } = await run('SKAttentionModule', config, tensors, x, { args: { convs } });
    expect(worst(y?.data, expected(x.values))).toBeLessThan(1e-6);
  });

  it.each([
    ['three convs for two kernels', [3, 3, 3], /num_kernels 2/],
    ['kernels that change the length differently', [4, 3], /odd kernel sizes/],
    ['no convs', [], /convs/],
  ])('refuses %s, as torch does', (_, kernels, message) => {
    const given = kernels.map((kernel_size) => ({ kernel_size }));
    const build = () => buildGraph('SKAttentionModule', {}, new Map(), { args: { convs: given } });
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ code: 'graph/invalid' }));
  });

  it('needs the convolutions that forward is called with', () => {
    expect(() => buildGraph('SKAttentionModule', {}, new Map())).toThrow(/needs the option convs/);
  });
});

describe('fwSKAttention and cwSKAttention', () => {
  it.each(['fwSKAttention', 'cwSKAttention'])(
    '%s in groups is the dense one of zeros',
    async (name) => {
      const [C, F, groups] = [4, 5, 2];
      const config = {
        freq: F,
        channel: C,
        kernels: [3],
        receptive: [5],
        dilations: [2],
        reduction: 2,
      };
      const size = name === 'fwSKAttention' ? F : C;
      const grouped: Tensors = new Map();
      put(grouped, 'convs.0.conv.weight', [C, C / groups, 3, 3]);
      put(grouped, 'convs.0.conv.bias', [C]);
      putNorm(grouped, 'convs.0.bn', C);
      putLinear(grouped, 'fc', 16, size);
      putLinear(grouped, 'fcs.0', size, 16);
      const dense = new Map(grouped);
      const weight = read(grouped, 'convs.0.conv.weight');
      const full = new Float32Array(C * C * 9);
      for (let out = 0; out < C; out++) {
        const from = Math.floor(out / 2) * 2;
        full.set(weight.subarray(out * 18, (out + 1) * 18), (out * C + from) * 9);
      }
      dense.set('convs.0.conv.weight', float32Tensor(full, [C, C, 3, 3]));
      const x = wave([2, C, F, 7]);
      const a = await run(name, { ...config, groups }, grouped, x);
      const b = await run(name, config, dense, x);
      expect(worst(a.y?.data, Array.from(b.y?.data ?? [], Number))).toBeLessThan(1e-6);
    },
  );

  it('refuses kernels that do not keep the frequencies', () => {
    const config = { kernels: [3, 5], receptive: [3, 5], dilations: [2, 1] };
    expect(() => describeGraph('fwSKAttention', config)).toThrow(/change the size by -2, 0/);
  });
});

describe('the constructors', () => {
  it.each([
    ['SkaTdnnEncoder', { input_size: 78 }, /multiple of 4/],
    ['SkaTdnnEncoder', { input_size: 80, block: 'Other' }, /block/],
    ['SkaTdnnEncoder', { input_size: 80, model_scale: 1 }, /scale is 1/],
    ['Bottle2neck', { inplanes: 8, planes: 8 }, /needs the option dilation/],
    ['Bottle2neck', { inplanes: 8, planes: 16, dilation: 1 }, /residual/],
    [
      'Bottle2neck',
      { inplanes: 8, planes: 8, dilation: 1, kernel_sizes: [4] },
      /kernel_sizes is 4/,
    ],
    ['ResBlock', { inplanes: 8, planes: 8, stride: 2, skcwse_channel: 8 }, /stride/],
    ['ResBlock', { inplanes: 8, planes: 8 }, /skcwse_channel is 128/],
  ])('%s refuses %j', (name, config, message) => {
    const describeIt = () => describeGraph(`${PLACE}.${name}`, config);
    expect(describeIt).toThrow(message);
    expect(describeIt).toThrow(expect.objectContaining({ code: 'graph/invalid' }));
  });

  it('takes any kernel_size, which upstream never looks at, and any keyword of the encoder', () => {
    const block = { inplanes: 8, planes: 8, dilation: 2, kernel_size: null };
    expect(describeGraph(`${PLACE}.Bottle2neck`, block).minimumFrames).toBe(1);
    const encoder = { input_size: 80, unknown: 1 };
    expect(describeGraph(`${PLACE}.SkaTdnnEncoder`, encoder).featureSize).toBe(80);
  });
});

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of SKA-TDNN`);

describe.skipIf(absent)('the reference cases', () => {
  it.each([
    'ska_attn_c128_doc',
    'ska_attn_c24_k3_relu_bn',
    'ska_attn_c48_k1',
    'ska_bottle2neck_64',
    'ska_cwSKAttention_6x20',
    'ska_fwSKAttention_6x20',
    'ska_resblock',
    'ska_encoder_72',
    'ska_encoder_80',
    'ska_pool_48',
    'ska_pool_48_masking',
    'ska_projector_96',
    'rawnet3_projector',
    'espnet_ecapa_encoder_64',
    'ska_e2e_small',
    'espnet_ecapa_e2e_small',
    'wespeaker_ecapa_dev',
    'tao_ecapa_c32',
  ])(
    '%s agrees with upstream',
    async (name) => {
      const report = await runParity(resolve(cases, name));
      expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
      expect(report.passed).toBeGreaterThan(0);
    },
    60_000,
  );
});
