import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCases } from '../../../scripts/lab/parity/case-folder.js';
import { caseWeights } from '../../../scripts/lab/parity/case-weights.js';
import { readNpy } from '../../../scripts/lab/parity/npy.js';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { readCheckpoint } from '../../checkpoint/index.js';
import type { Precision } from '../../onnx/index.js';
import { readModel } from '../../onnx/read.js';
import { openRuntime } from '../../runtime/index.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import type { Tensor } from '../../tensor.js';
import { float32Tensor, type NamedTensors } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';
import { CLASSES } from './graph.js';

/** Weights that follow from their key, the same in every run. */
function madeUp(key: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + key.length));
  return float32Tensor(values, shape);
}

/** BatchNorm that changes nothing but for its eps. */
function neutralNorm(key: string, channels: number): (readonly [string, Tensor])[] {
  const filled = (value: number) =>
    float32Tensor(new Float32Array(channels).fill(value), [channels]);
  return [
    [`${key}.weight`, filled(1)],
    [`${key}.bias`, filled(0)],
    [`${key}.running_mean`, filled(0)],
    [`${key}.running_var`, filled(1)],
  ];
}

describe('AFF', () => {
  it('weighs both maps by shares that sum to two', async () => {
    const channels = 4;
    const weights = new Map([
      ...Object.entries({
        'local_att.0.weight': [1, 8, 1, 1],
        'local_att.0.bias': [1],
        'local_att.3.weight': [channels, 1, 1, 1],
        'local_att.3.bias': [channels],
      }).map(([key, shape]) => [key, madeUp(key, shape)] as const),
      ...neutralNorm('local_att.1', 1),
      ...neutralNorm('local_att.4', channels),
    ]);
    const x = [0.5, -1, 2, 0.25];
    const y = [1, 0.5, -0.5, 3];
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    const session = await runtime.openSession(buildGraph('AFF', { channels }, weights));
    const input = (values: number[]) => ({
      type: 'float32' as const,
      dims: [1, channels, 1, 1],
      data: Float32Array.from(values),
    });
    const result = await session.run({ x: input(x), ds_y: input(y) });
    await runtime.dispose();

    const at = (key: string, i: number) => weights.get(key)?.float32()[i] ?? Number.NaN;
    const norm = 1 / Math.sqrt(1 + 1e-5);
    const hidden =
      norm *
      [...x, ...y].reduce(
        (sum, value, i) => sum + value * at('local_att.0.weight', i),
        at('local_att.0.bias', 0),
      );
    const active = hidden / (1 + Math.exp(-hidden));
    for (const [i, value] of x.entries()) {
      const share =
        1 + Math.tanh(norm * (active * at('local_att.3.weight', i) + at('local_att.3.bias', i)));
      expect(result.y?.data[i]).toBeCloseTo(value * share + (y[i] ?? 0) * (2 - share), 5);
    }
  });

  it('refuses to leave no inner channel', () => {
    expect(() => describeGraph('AFF', { channels: 3 })).toThrow(/channels 3 over r 4/);
  });
});

describe('ERes2Net', () => {
  it.each([
    [CLASSES.base, { feat_dim: 76 }, /feat_dim is 76/],
    [CLASSES.base, { baseWidth: 26 }, /no option baseWidth/],
    [CLASSES.v2, { m_channels: 2 }, /splits of 0 channels/],
    [CLASSES.v2, { pooling_func: 'ASTP' }, /pooling_func/],
    [CLASSES.v2, { num_blocks: [3, 4] }, /num_blocks/],
    [CLASSES.wespeaker, {}, /m_channels/],
  ])('%s refuses %j', (cls, config, message) => {
    expect(() => describeGraph(cls, config)).toThrow(message);
  });

  it('knows how many frames give numbers and not NaN', () => {
    expect(describeGraph(CLASSES.v2, {}).finiteFrames).toBe(9);
    expect(describeGraph(CLASSES.v2, { pooling_func: 'TAP' }).finiteFrames).toBe(1);
  });
});

const shared = process.env.VOICEPRINT_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of ERes2Net`);

const V2 = resolve(cases, 'eres2netv2_small');
const WESPEAKER = resolve(cases, 'eres2net_wespeaker_small');
const checkpoint = () => readCheckpoint(readFileSync(resolve(V2, 'pretrained_eres2netv2.ckpt')));
const ctorOf = (folder: string) =>
  JSON.parse(readFileSync(resolve(folder, 'config.json'), 'utf8')).ctor;

async function weightsOf(folder: string): Promise<NamedTensors> {
  const [found] = await openCases(folder);
  if (found === undefined) throw new Error(`no case in ${folder}`);
  return caseWeights(found);
}

/** WeSpeaker's keys as 3D-Speaker has them: its first split's convolution is one of the others. */
function underSpeakerlabKeys(tensors: NamedTensors): Map<string, Tensor> {
  const fusing = /^(layer[34]\.\d+\.)(conv|bn)(?:2_1|s\.(\d+))\.(.*)$/;
  return new Map(
    [...tensors].map(([key, tensor]) => {
      const [, block, kind, at, rest] = fusing.exec(key) ?? [];
      if (block === undefined) return [key, tensor];
      return [`${block}${kind}s.${at === undefined ? 0 : Number(at) + 1}.${rest}`, tensor];
    }),
  );
}

/** Of the run `t27` of WeSpeaker's case. */
async function embeddingOf(model: Uint8Array): Promise<Float32Array> {
  const file = 'runs/t27/in_x.npy';
  const x = readNpy(readFileSync(resolve(WESPEAKER, file)), file);
  const data = Float32Array.from(x.values, Number);
  return runGraphOnce(model, { name: 'x', data, shape: x.shape }, 'emb');
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe.skipIf(absent)('checkpoints of ERes2Net', () => {
  it('V2 is recognized with its widths, and what is assumed is said', () => {
    const found = recognizeArchitecture(checkpoint().tensors);
    expect(found?.architecture).toBe('eres2netv2');
    expect(found?.config).toEqual(ctorOf(V2));
    expect(found?.notes.join()).toContain('TAP of 160');
    expect(found?.notes.join()).toContain('20');
  });

  it("WeSpeaker's and 3D-Speaker's are told apart by their keys, and are the same network", async () => {
    const tensors = await weightsOf(WESPEAKER);
    const theirs = recognizeArchitecture(tensors);
    expect(theirs?.architecture).toBe('eres2net-wespeaker');
    expect(theirs?.config).toEqual(ctorOf(WESPEAKER));
    const renamed = underSpeakerlabKeys(tensors);
    const ours = recognizeArchitecture(renamed);
    expect(ours?.architecture).toBe('eres2net');
    expect(ours?.class).toBe(CLASSES.base);

    const expected = await embeddingOf(buildGraph(CLASSES.wespeaker, ctorOf(WESPEAKER), tensors));
    const actual = await embeddingOf(buildGraph(CLASSES.base, ours?.config ?? {}, renamed));
    // They add different constants to the variance: a hair apart, and no more.
    expect(1 - cosine(actual, expected)).toBeLessThan(1e-6);
  });

  it.each(['fp16', 'int8'] satisfies Precision[])('keep their voice at %s', async (precision) => {
    const tensors = await weightsOf(WESPEAKER);
    const config = ctorOf(WESPEAKER);
    const full = buildGraph(CLASSES.wespeaker, config, tensors);
    const packed = buildGraph(CLASSES.wespeaker, config, tensors, { precision });
    expect(packed.length).toBeLessThan(full.length * 0.8);
    const distance = 1 - cosine(await embeddingOf(packed), await embeddingOf(full));
    expect(distance).toBeLessThan(precision === 'fp16' ? 1e-5 : 1e-3);
  });

  it('make graphs whose nodes bind no more buffers than WebGPU promises', () => {
    const { graph } = readModel(buildGraph('ERes2NetV2', ctorOf(V2), checkpoint().tensors));
    for (const { input, output } of graph?.node ?? []) {
      expect(input.filter((name) => name !== '').length + output.length).toBeLessThanOrEqual(8);
    }
  });

  it.each([
    'eres2net_aff',
    'eres2netv2_block_aff',
    'eres2netv2_small',
    'eres2net_wespeaker_small',
    'eres2netv2_recipe',
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
