import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { readCheckpoint } from '../../checkpoint/index.js';
import { readModel } from '../../onnx/read.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime } from '../../runtime/index.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import { float32Tensor, type Tensor } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const CAM = {
  bn_channels: 4,
  out_channels: 2,
  kernel_size: 3,
  stride: 1,
  padding: 2,
  dilation: 2,
  bias: true,
};

/** Weights that follow from their key, the same in every run. */
function madeUp(key: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + key.length));
  return float32Tensor(values, shape);
}

const camWeights = new Map(
  Object.entries({
    'linear_local.weight': [2, 4, 3],
    'linear_local.bias': [2],
    'linear1.weight': [2, 4, 1],
    'linear1.bias': [2],
    'linear2.weight': [2, 2, 1],
    'linear2.bias': [2],
  }).map(([key, shape]) => [key, madeUp(key, shape)] as const),
);

/** CAMLayer by its definition, in float64, frame by frame: `x[channel][frame]`. */
function camByDefinition(x: readonly (readonly number[])[]): number[][] {
  const values = (key: string) => Array.from(camWeights.get(key)?.float32() ?? []);
  const at = (list: readonly number[] | undefined, i: number) => list?.[i] ?? 0;
  const frames = x[0]?.length ?? 0;
  const mean = (channel: number, from: number, to: number) =>
    x[channel]?.slice(from, to).reduce((sum, value) => sum + value / (to - from), 0) ?? 0;
  return [0, 1].map((out) =>
    Array.from({ length: frames }, (_, t) => {
      const start = 100 * Math.floor(t / 100);
      const end = Math.min(frames, start + 100);
      const context = x.map((_, c) => mean(c, 0, frames) + mean(c, start, end));
      const hidden = [0, 1].map((h) =>
        Math.max(
          0,
          context.reduce(
            (sum, value, c) => sum + value * at(values('linear1.weight'), 4 * h + c),
            at(values('linear1.bias'), h),
          ),
        ),
      );
      const logit = hidden.reduce(
        (sum, value, h) => sum + value * at(values('linear2.weight'), 2 * out + h),
        at(values('linear2.bias'), out),
      );
      let local = at(values('linear_local.bias'), out);
      for (let c = 0; c < 4; c++) {
        for (let tap = 0; tap < 3; tap++) {
          local +=
            at(x[c], t + 2 * tap - 2) * at(values('linear_local.weight'), (out * 4 + c) * 3 + tap);
        }
      }
      return local / (1 + Math.exp(-logit));
    }),
  );
}

describe('CAMLayer', () => {
  it.each([1, 99, 100, 101, 237])('masks %i frames by their segment and the whole', async (n) => {
    const x = [0, 1, 2, 3].map((c) =>
      Array.from({ length: n }, (_, t) => Math.fround(Math.cos(t * (0.03 + 0.2 * c)) + c / 2)),
    );
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    const session = await runtime.openSession(buildGraph('CAMLayer', CAM, camWeights));
    const data = Float32Array.from(x.flat());
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 4, n], data } });
    await runtime.dispose();
    const expected = camByDefinition(x).flat();
    expect(y?.dims).toEqual([1, 2, n]);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - Number(y?.data[i]))));
    expect(worst / Math.max(...expected.map(Math.abs))).toBeLessThan(2e-6);
  });

  it.each([
    [{ ...CAM, stride: 2 }, /stride 2/],
    [{ ...CAM, padding: 1 }, /padding 1/],
    [{ ...CAM, kernel_size: 4 }, /kernel_size 4/],
  ])('refuses %j, whose mask would not fit', (config, message) => {
    expect(() => describeGraph('CAMLayer', config)).toThrow(message);
  });
});

describe('CAMPPlus', () => {
  it.each([
    [{ feat_dim: 76 }, /feat_dim is 76/],
    [{ config_str: 'batchnorm-prelu' }, /config_str/],
    [{ embed_dim: 192 }, /no option embed_dim/],
  ])('of 3D-Speaker refuses %j', (config, message) => {
    const cls = 'speakerlab.models.campplus.DTDNN.CAMPPlus';
    expect(() => describeGraph(cls, config)).toThrow(message);
  });

  it('knows how many frames give numbers and not NaN', () => {
    const finite = (pooling_func: string) =>
      describeGraph('wespeaker.models.campplus.CAMPPlus', { pooling_func }).finiteFrames;
    expect(finite('TSTP')).toBe(3);
    expect(finite('ASTP')).toBe(1);
  });
});

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of CAM++`);

const SMALL = resolve(cases, 'campplus_3ds_small');
const WESPEAKER = resolve(cases, 'campplus_wespeaker_small');
const read = (folder: string, file: string) => readCheckpoint(readFileSync(resolve(folder, file)));
const ctorOf = (folder: string) =>
  JSON.parse(readFileSync(resolve(folder, 'config.json'), 'utf8')).ctor;

describe.skipIf(absent)('checkpoints of CAM++', () => {
  it("3D-Speaker's is recognized, and what is assumed is said", () => {
    const found = recognizeArchitecture(read(SMALL, 'embedding_model.ckpt').tensors);
    expect(found?.architecture).toBe('campplus');
    expect(found?.config).toMatchObject(ctorOf(SMALL));
    expect(found?.notes.join()).toContain('WeSpeaker');
    expect(found?.alternatives?.map(({ architecture }) => architecture)).toEqual([
      'campplus-wespeaker',
    ]);
  });

  it("WeSpeaker's is recognized by the classifier of its training", () => {
    const found = recognizeArchitecture(read(WESPEAKER, 'avg_model.pt').tensors);
    expect(found?.architecture).toBe('campplus-wespeaker');
    expect(found?.config).toEqual(ctorOf(WESPEAKER));
    expect(found?.alternatives).toBeUndefined();
  });

  it('takes the weights of its pooling, which WeSpeaker saves under two names', async () => {
    const pooling = Object.entries({
      'linear1.weight': [128, 64, 1],
      'linear1.bias': [128],
      'linear2.weight': [64, 128, 1],
      'linear2.bias': [64],
    }).flatMap(([key, shape]) =>
      ['xvector.stats.', 'pool.'].map((place) => [place + key, madeUp(key, shape)] as const),
    );
    const tensors = new Map([...read(WESPEAKER, 'avg_model.pt').tensors, ...pooling]);
    const found = recognizeArchitecture(tensors);
    expect(found?.config).toMatchObject({ pooling_func: 'ASTP', embed_dim: 48 });
    const model = buildGraph(found?.class ?? '', found?.config ?? {}, tensors);
    // One frame has no deviation, and attention needs none.
    const input = { name: 'x', data: new Float32Array(80).fill(0.5), shape: [1, 1, 80] };
    const embedding = await runGraphOnce(model, input, 'emb');
    expect(embedding).toHaveLength(48);
    expect(embedding.every(Number.isFinite)).toBe(true);
  });

  it('makes graphs whose nodes bind no more buffers than WebGPU promises', () => {
    const { tensors } = read(SMALL, 'embedding_model.ckpt');
    const { graph } = readModel(buildGraph('CAMPPlus', ctorOf(SMALL), tensors));
    for (const { input, output } of graph?.node ?? []) {
      expect(input.filter((name) => name !== '').length + output.length).toBeLessThanOrEqual(8);
    }
  });

  it.each([
    'cam_layer',
    'campplus_fcm',
    'campplus_3ds_small',
    'campplus_wespeaker_small',
    'campplus_3ds_recipe',
    'pool_tstp_3dspeaker',
    'pool_tstp_wespeaker',
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
