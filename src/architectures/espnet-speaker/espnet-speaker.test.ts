// @module-tag slow

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCases } from '../../../scripts/lab/parity/case-folder.js';
import { caseWeights } from '../../../scripts/lab/parity/case-weights.js';
import { readCheckpoint } from '../../checkpoint/index.js';
import { SHARED } from '../../platform/checkout.fixture.js';
import { openRuntime } from '../../runtime/index.js';
import { float32Tensor, type NamedTensors } from '../../tensor.js';
import { buildGraph, describeGraph } from '../build-graph.js';
import { recognizeArchitecture } from '../recognize.js';

const MODEL = 'ESPnetSpeakerModel';
const ENCODER = { encoder: 'SkaTdnnEncoder', frontend: 'melspec_torch' };

describe('ESPnetSpeakerModel', () => {
  it.each([
    [{ encoder: 'ska_tdnn' }, /frontend/],
    [{ ...ENCODER, frontend: 's3prl' }, /frontend/],
    [{ ...ENCODER, normalize: 'global_mvn' }, /normalize/],
    [{ ...ENCODER, projector: 'SkaTdnnProjector' }, /output_size/],
    [{ ...ENCODER, pooling_conf: { hidden: 2 } }, /hidden/],
    [{ ...ENCODER, frontend_conf: { n_mels: 30 } }, /input_size is 30/],
  ])('refuses %j', (config, message) => {
    expect(() => describeGraph(MODEL, config)).toThrow(message);
  });

  it('knows how many frames give numbers and not NaN', () => {
    expect(describeGraph(MODEL, ENCODER).finiteFrames).toBe(3);
    expect(describeGraph(MODEL, { encoder: 'ecapa_tdnn', input_size: 40 }).finiteFrames).toBe(2);
  });
});

const shared = SHARED;
const cases = resolve(shared, 'reference/cases');
const absent = !existsSync(cases);
if (absent) console.warn(`skipped: ${cases} is absent, and with it whole speaker models`);

const ctorOf = (name: string) =>
  JSON.parse(readFileSync(resolve(cases, name, 'config.json'), 'utf8')).ctor;

describe.skipIf(absent)('whole checkpoints', () => {
  it.each([
    ['ska_e2e_small', 'ska-tdnn'],
    ['espnet_ecapa_e2e_small', 'ecapa-tdnn-espnet'],
  ])('%s is recognized with every constructor argument', (name, architecture) => {
    const { tensors } = readCheckpoint(readFileSync(resolve(cases, name, 'model.pth')));
    const found = recognizeArchitecture(tensors);
    expect(found?.architecture).toBe(architecture);
    expect(found?.config).toMatchObject(ctorOf(name));
    expect(found?.notes.join()).toContain('f_min');
  });

  it.each([
    ['wespeaker_ecapa_dev', 'ecapa-tdnn-wespeaker', 'projection.'],
    ['tao_ecapa_c32', 'ecapa-tdnn-tao', 'speaker_loss.'],
  ])('%s is recognized beside the classifier of its training', async (name, architecture, own) => {
    const [folder] = await openCases(resolve(cases, name));
    if (folder === undefined) throw new Error('no case');
    const prefix = name === 'tao_ecapa_c32' ? 'speaker_encoder.' : '';
    const tensors: NamedTensors = new Map([
      ...[...(await caseWeights(folder))].map(([key, tensor]) => [prefix + key, tensor] as const),
      [`${own}weight`, float32Tensor(new Float32Array(4), [2, 2])],
    ]);
    const found = recognizeArchitecture(tensors);
    expect(found).toMatchObject({ architecture, config: ctorOf(name) });
    const model = buildGraph(found?.class ?? '', found?.config ?? {}, tensors);
    expect(model.length).toBeGreaterThan(1e5);
  });

  it('gives a batch what it gives each utterance alone', async () => {
    const { tensors } = readCheckpoint(readFileSync(resolve(cases, 'ska_e2e_small/model.pth')));
    const runtime = await openRuntime({ backend: 'wasm', threads: 1 });
    const session = await runtime.openSession(buildGraph(MODEL, ctorOf('ska_e2e_small'), tensors));
    const [frames, bands] = [21, 80];
    const data = Float32Array.from({ length: 2 * frames * bands }, (_, i) => 3 * Math.sin(i * i));
    const embed = async (rows: Float32Array) => {
      const dims = [rows.length / frames / bands, frames, bands];
      const { emb } = await session.run({ feats: { type: 'float32', dims, data: rows } });
      return Array.from(emb?.data ?? [], Number);
    };
    const both = await embed(data);
    const half = data.length / 2;
    const apart = [...(await embed(data.slice(0, half))), ...(await embed(data.slice(half)))];
    expect(both).toHaveLength(96);
    for (const [i, value] of both.entries()) expect(value).toBeCloseTo(apart[i] ?? Number.NaN, 5);
    await runtime.dispose();
  });

  it('names the key whose shape the configuration contradicts', () => {
    const { tensors } = readCheckpoint(readFileSync(resolve(cases, 'ska_e2e_small/model.pth')));
    const ctor = ctorOf('ska_e2e_small');
    const config = { ...ctor, encoder_conf: { ...ctor.encoder_conf, output_size: 100 } };
    expect(() => buildGraph(MODEL, config, tensors)).toThrow(
      /encoder.layer4.weight is \[96, 192, 1\], expected \[100, 192, 1\]: output_size in the config is 100/,
    );
  });
});
