// @module-tag slow
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCases } from '../../../scripts/lab/parity/case-folder.js';
import { caseWeights } from '../../../scripts/lab/parity/case-weights.js';
import type { Precision } from '../../onnx/index.js';
import { readModel } from '../../onnx/read.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { runGraphOnce } from '../../runtime/run-graph-once.js';
import type { NamedTensors } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const CLS = 'wespeaker.models.samresnet.SimAM_ResNet34_ASP';
const CONFIG = { in_planes: 4, embed_dim: 24, acoustic_dim: 80 };

const cases = resolve(SHARED, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of SimAM-ResNet`);

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

describe('SimAM_ResNet34_ASP', () => {
  it.each([
    [{ acoustic_dim: 76 }, /acoustic_dim is 76/],
    [{ feat_dim: 80 }, /no option feat_dim/],
  ])('refuses %j', (config, message) => {
    expect(() => describeGraph(CLS, config)).toThrow(message);
  });

  it('gives numbers of one frame, save where a single pixel is left of it', () => {
    expect(describeGraph(CLS, CONFIG).finiteFrames).toBe(1);
    expect(describeGraph(CLS, { ...CONFIG, acoustic_dim: 8 }).finiteFrames).toBe(9);
  });
});

describe.skipIf(absent)('checkpoints of SimAM-ResNet', () => {
  let tensors: NamedTensors;
  beforeAll(async () => {
    const [found] = await openCases(resolve(cases, 'simam34_small'));
    if (found === undefined) throw new Error('simam34_small is no case');
    tensors = await caseWeights(found);
  });

  it('are recognized, and that attention shows in no weight is said', () => {
    const found = recognizeArchitecture(tensors);
    expect(found?.class).toBe(CLS);
    expect(found?.config).toEqual(CONFIG);
    expect(found?.notes.join()).toContain('SimAM');
  });

  it('of another depth are not taken for it', () => {
    const shallow = [...tensors].filter(([key]) => !key.startsWith('front.layer4.2.'));
    expect(recognizeArchitecture(new Map(shallow))).toBeUndefined();
  });

  it.each(['fp16', 'int8'] satisfies Precision[])('keep their voice at %s', async (precision) => {
    const full = buildGraph(CLS, CONFIG, tensors);
    const packed = buildGraph(CLS, CONFIG, tensors, { precision });
    expect(packed.length).toBeLessThan(full.length * 0.6);
    const distance = 1 - cosine(await embeddingOf(packed), await embeddingOf(full));
    expect(distance).toBeLessThan(precision === 'fp16' ? 1e-5 : 1e-3);
  });

  it('make graphs that bind no more buffers than WebGPU promises and check no image for one pixel', () => {
    const nodes = readModel(buildGraph(CLS, CONFIG, tensors)).graph?.node ?? [];
    expect(nodes.length).toBeGreaterThan(0);
    for (const { input, output, opType } of nodes) {
      expect(input.filter((name) => name !== '').length + output.length).toBeLessThanOrEqual(8);
      expect(opType).not.toBe('Where');
    }
  });
});
