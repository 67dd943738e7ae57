// @module-tag slow
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { readCheckpoint } from '../../checkpoint/index.js';
import type { Precision } from '../../onnx/index.js';
import { readModel } from '../../onnx/read.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import { float32Tensor, type NamedTensors } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const cases = resolve(SHARED, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of ResNet`);

const SMALL = resolve(cases, 'resnet34_small');
const read = (file: string) => readCheckpoint(readFileSync(resolve(SMALL, file)));
const ctor = () => JSON.parse(readFileSync(resolve(SMALL, 'config.json'), 'utf8')).ctor;

/** The embedding of 40 frames of 80 bands that follow from where they are. */
function embeddingOf(model: Uint8Array): Promise<Float32Array> {
  const data = Float32Array.from({ length: 40 * 80 }, (_, i) => 3 * Math.sin(i * i * 0.37));
  return runGraphOnce(model, { name: 'x', data, shape: [1, 40, 80] }, 'emb');
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('ResNet', () => {
  const cls = 'wespeaker.models.resnet.ResNet34';

  it.each([
    [cls, { feat_dim: 76, embed_dim: 256 }, /feat_dim is 76/],
    [cls, { feat_dim: 80 }, /needs the option embed_dim/],
    [cls, { feat_dim: 80, embed_dim: 256, m_channels: 64 }, /no option m_channels/],
    ['WeSpeakerResNet34', { dither: 1 }, /dither is 1/],
  ])('%s refuses %j', (name, config, message) => {
    expect(() => describeGraph(name, config)).toThrow(message);
  });

  it('knows how many frames give numbers and not NaN', () => {
    const finite = (pooling_func: string) =>
      describeGraph(cls, { feat_dim: 80, embed_dim: 256, pooling_func }).finiteFrames;
    expect(finite('TSTP')).toBe(9);
    expect(finite('ASTP')).toBe(1);
  });
});

/** What a checkpoint is with one more tensor, and `seg_1` over as many values as the pooling gives. */
function withPooling(tensors: NamedTensors, key: string, shape: number[], pooled: number) {
  const zeros = (dims: number[]) =>
    float32Tensor(new Float32Array(dims.reduce((product, size) => product * size, 1)), dims);
  return new Map([...tensors, [key, zeros(shape)], ['seg_1.weight', zeros([32, pooled])]] as const);
}

describe.skipIf(absent)('checkpoints of ResNet', () => {
  it("WeSpeaker's is recognized, and what is assumed is said", () => {
    const found = recognizeArchitecture(read('avg_model.pt').tensors);
    expect(found?.architecture).toBe('resnet');
    expect(found?.config).toMatchObject(ctor());
    expect(found?.notes.join()).toContain('3D-Speaker');
  });

  it("pyannote's is recognized by where its model holds the network", () => {
    const found = recognizeArchitecture(read('pyannote_pytorch_model.bin').tensors);
    expect(found?.architecture).toBe('resnet-pyannote');
  });

  it('of pyannote give the same embedding but for what the pooling adds', async () => {
    const { tensors } = read('pyannote_pytorch_model.bin');
    const found = recognizeArchitecture(tensors);
    const theirs = await embeddingOf(buildGraph(found?.class ?? '', found?.config ?? {}, tensors));
    const ours = await embeddingOf(buildGraph('ResNet', ctor(), read('avg_model.pt').tensors));
    const distance = 1 - cosine(theirs, ours);
    expect(distance).toBeLessThan(1e-6);
    expect(theirs).not.toEqual(ours);
  });

  it.each([
    ['ASTP', 'pool.linear1.weight', [128, 320], 640],
    ['MHASTP', 'pool.heads_att_trans.0.att_0.weight', [64, 160], 640],
    ['MQMHASTP', 'pool.n_query.0.heads_att_trans.0.att_0.weight', [64, 40], 1280],
  ])('show %s by its weights, and the bands by what it pools', (name, key, shape, pooled) => {
    const tensors = withPooling(read('avg_model.pt').tensors, key, shape, pooled);
    const config = recognizeArchitecture(tensors)?.config;
    expect(config).toMatchObject({ pooling_func: name, feat_dim: 80 });
  });

  it.each(['fp16', 'int8'] satisfies Precision[])('keep their voice at %s', async (precision) => {
    const { tensors } = read('avg_model.pt');
    const full = buildGraph('ResNet', ctor(), tensors);
    const packed = buildGraph('ResNet', ctor(), tensors, { precision });
    expect(packed.length).toBeLessThan(full.length * 0.6);
    const distance = 1 - cosine(await embeddingOf(packed), await embeddingOf(full));
    expect(distance).toBeLessThan(precision === 'fp16' ? 1e-5 : 1e-3);
  });

  it('makes graphs whose nodes bind no more buffers than WebGPU promises', () => {
    const { graph } = readModel(buildGraph('ResNet', ctor(), read('avg_model.pt').tensors));
    for (const { input, output } of graph?.node ?? []) {
      expect(input.filter((name) => name !== '').length + output.length).toBeLessThanOrEqual(8);
    }
  });

  it.each([
    'resnet34_small',
    'resnet50_small',
    'resnet_bottleneck',
    'pool_tstp_wespeaker',
    'simam34_small',
    'simam_block',
  ])(
    '%s agrees with upstream',
    async (name) => {
      const report = await runParity(resolve(cases, name));
      expect(report.passed).toBeGreaterThan(0);
      expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
    },
    60_000,
  );
});
