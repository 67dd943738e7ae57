// @module-tag slow
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runParity } from '../../../scripts/lab/parity/run.js';
import { readCheckpoint } from '../../checkpoint/index.js';
import { readModel } from '../../onnx/read.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { buildGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const cases = resolve(SHARED, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it the cases of ResNet`);

const SMALL = resolve(cases, 'resnet34_small');
const read = (file: string) => readCheckpoint(readFileSync(resolve(SMALL, file)));
const ctor = () => JSON.parse(readFileSync(resolve(SMALL, 'config.json'), 'utf8')).ctor;

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
