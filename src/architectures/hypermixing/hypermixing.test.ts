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
import { sinusoidTable } from './blocks/positions.js';

const WIDTH = 4;
const TINY = { input_output_dim: WIDTH, hypernet_size: 6, num_heads: 2, max_length: 8 };
const values = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i));
const tensor = (shape: number[], seed: number) =>
  float32Tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );

/** Upstream's state dict for {@link TINY}; `pe` is left out where it is not given. */
function tinyWeights(pe?: Tensor): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const [seed, name] of [
    [1, 'hyper.w1_gen'],
    [2, 'hyper.w2_gen'],
  ] as const) {
    weights.set(`${name}.fc1_weights`, tensor([2, 2, 2], seed));
    weights.set(`${name}.fc1_biases`, tensor([2, 2], seed + 0.1));
    weights.set(`${name}.fc2_weights`, tensor([2, 3, 2], seed + 0.2));
    weights.set(`${name}.fc2_biases`, tensor([2, 3], seed + 0.3));
  }
  weights.set('layer_norm.weight', tensor([WIDTH], 3));
  weights.set('layer_norm.bias', tensor([WIDTH], 4));
  if (pe !== undefined) weights.set('positional_encoding.pe', pe);
  return weights;
}

const tokens = (batch: number, count: number, data = values(batch * count * WIDTH, 9)) => ({
  x: { type: 'float32', dims: [batch, count, WIDTH], data } satisfies TensorValue,
});
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
};

describe('HyperMixing', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ backend: 'wasm' });
  });
  afterAll(() => runtime.dispose());
  const run = async (
    config: Record<string, unknown>,
    weights: Map<string, Tensor>,
    inputs: Record<string, TensorValue>,
  ) => {
    const model = buildGraph('HyperMixing', config, weights, { inputs: Object.keys(inputs) });
    const session = await runtime.openSession(model);
    const { y } = await session.run(inputs);
    await session.dispose();
    return Array.from(y?.data ?? [], Number);
  };
  const close = (a: readonly number[], b: readonly number[]) => {
    expect(a).toHaveLength(b.length);
    for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i] ?? Number.NaN, 5);
  };

  it('gives each utterance of a batch what it gives it alone', async () => {
    const both = tokens(2, 5);
    const half = both.x.data.length / 2;
    const y = await run(TINY, tinyWeights(), both);
    for (const [i, part] of [both.x.data.slice(0, half), both.x.data.slice(half)].entries()) {
      close(y.slice(i * half, (i + 1) * half), await run(TINY, tinyWeights(), tokens(1, 5, part)));
    }
  });

  it('leaves ignored tokens out, and gives LayerNorm of zeros in their place', async () => {
    const { x } = tokens(1, 6);
    const mask = { type: 'uint8', dims: [1, 6], data: Uint8Array.of(0, 0, 0, 0, 1, 7) } as const;
    const masked = await run(TINY, tinyWeights(), { x, key_padding_mask: mask });
    const kept = await run(TINY, tinyWeights(), tokens(1, 4, x.data.slice(0, 4 * WIDTH)));
    close(masked.slice(0, 4 * WIDTH), kept);
    const bias = Array.from(values(WIDTH, 4));
    close(masked.slice(4 * WIDTH), [...bias, ...bias]);
  });

  it('takes w2_gen for both layers where they are tied, as torch loads it last', async () => {
    const weights = tinyWeights();
    const same = new Map(weights);
    for (const [key, value] of weights) {
      if (key.startsWith('hyper.w2_gen')) same.set(key.replace('w2_gen', 'w1_gen'), value);
    }
    const untied = await run(TINY, same, tokens(1, 5));
    close(await run({ ...TINY, tied: true }, weights, tokens(1, 5)), untied);
    const without = new Map([...weights].filter(([key]) => !key.startsWith('hyper.w1_gen')));
    expect(code(() => buildGraph('HyperMixing', { ...TINY, tied: true }, without))).toContain(
      'missing: hyper.w1_gen.fc1_weights',
    );
  });

  it('reads the position table of the checkpoint, and makes it where there is none', async () => {
    const table = float32Tensor(sinusoidTable(8, WIDTH), [1, 8, WIDTH]);
    const made = await run(TINY, tinyWeights(), tokens(1, 5));
    close(await run(TINY, tinyWeights(table), tokens(1, 5)), made);
    const other = await run(TINY, tinyWeights(tensor([1, 8, WIDTH], 5)), tokens(1, 5));
    expect(Math.max(...other.map((value, i) => Math.abs(value - (made[i] ?? 0))))).toBeGreaterThan(
      1e-2,
    );
  });

  it('knows the most tokens that it takes', async () => {
    const description = describeGraph('HyperMixing', TINY);
    expect(description).toMatchObject({ minimumFrames: 1, maximumFrames: 8 });
    const check = (...x: number[]) => code(() => checkInputs(description, { x }));
    expect(check(1, 8, WIDTH)).toBe('no error');
    expect(check(1, 9, WIDTH)).toContain('graph/invalid: The input has 9 frames');
    expect(check(1, 0, WIDTH)).toContain('graph/too-short');
    expect(check(1, 8, 5)).toContain('axis 2 must be 4');
    const mask = { x: [2, 3, WIDTH], key_padding_mask: [1, 3] };
    expect(code(() => checkInputs(description, mask))).toContain('batch is 2 in x');
    expect(await run(TINY, tinyWeights(), tokens(1, 8))).toHaveLength(8 * WIDTH);
  });

  it.each([
    ['an odd width', 'HyperMixing', { ...TINY, input_output_dim: 7, num_heads: 1 }, 'even'],
    ['heads that do not divide the width', 'HyperMixing', { ...TINY, num_heads: 3 }, 'multiple'],
    [
      'heads that do not divide hypernet_size, though it is kept whole',
      'HyperMixing',
      { ...TINY, hypernet_size: 7, fix_tm_hidden_size: true },
      'hypernet_size is 7',
    ],
    ['a generator without sizes', 'HyperNetwork', {}, 'needs the option input_output_dim'],
    [
      'networks that do not divide their hidden layer',
      'ParallelMLPs',
      { input_size: 6, hidden_size: 4, num_mlps: 3 },
      'hidden_size is 4',
    ],
    ['no tokens at all', 'HyperMixing', { ...TINY, max_length: 0 }, 'max_length is 0'],
  ])('refuses %s', (_, cls, config, words) => {
    expect(code(() => describeGraph(cls, config))).toMatch(new RegExp(`graph/invalid.*${words}`));
  });

  it('refuses arguments of forward that upstream has not', () => {
    const build = (args: Record<string, unknown>) =>
      code(() => buildGraph('HyperMixing', TINY, tinyWeights(), { args }));
    expect(build({ return_attn_weights: true })).toBe('no error');
    expect(build({ need_weights: true })).toContain('no argument need_weights');
  });
});

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it upstream's HyperMixing`);

describe.skipIf(absent)("upstream's HyperMixing", () => {
  it('is met in every case', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voiceprint-hypermixing-'));
    const names = readdirSync(cases).filter((name) => /^(hyper|pmlps)/.test(name));
    for (const name of names) symlinkSync(join(cases, name), join(folder, name));
    try {
      const report = await runParity(folder);
      expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
      expect(new Set(report.cases.map((result) => result.case)).size).toBe(names.length);
      const worst = Math.max(...report.cases.map(({ relative }) => relative));
      console.info(`HyperMixing: ${report.passed} outputs, largest relative error ${worst}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
