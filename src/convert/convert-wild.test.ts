import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/index.js';
import { kaldiFbank } from '../features/index.js';
import { seededSamples } from '../models/seeded-features.js';
import { safetensorsOf, tinyEcapaTensors } from '../models/tiny-ecapa.fixture.js';
import { SHARED } from '../platform/checkout.fixture.js';
import { runGraphOnce } from '../runtime/run-graph-once.js';
import { cosine } from '../scoring/cosine.js';
import { parseConvertConfig } from './config.js';
import { convertCheckpoint } from './convert.js';

const shared = SHARED;
const folder = resolve(shared, 'inputs/checkpoints');
const absent = !existsSync(folder);
if (absent) console.warn(`skipped: ${folder} is absent, and with it checkpoints of others`);

const names = absent ? [] : readdirSync(folder).filter((name) => /\.(pt|pth|ckpt)$/.test(name));
const convert = (name: string, options = {}) =>
  convertCheckpoint(readFileSync(join(folder, name)), {
    name: 'wild',
    runGraph: runGraphOnce,
    ...options,
  });

describe.skipIf(absent)('checkpoints as training scripts leave them', () => {
  it('are there in number', () => {
    expect(names.length).toBeGreaterThan(8);
  });

  it.each(names)('%s gives the model of ok-plain.pt', async (name) => {
    const [plain, found] = await Promise.all([convert('ok-plain.pt'), convert(name)]);
    expect(found.manifest.files.model.sha256).toBe(plain.manifest.files.model.sha256);
    expect(found.manifest.selfCheck.embedding).toEqual(plain.manifest.selfCheck.embedding);
  });

  it.each([
    ['K4-espnet-checkpoint.pth', 'datetime.timedelta'],
    ['K4-numpy-scalar.pt', 'numpy.core.multiarray.scalar'],
    ['K4-posixpath.pt', 'pathlib.PosixPath'],
  ])('%s: %s is passed over and named', async (name, foreign) => {
    expect((await convert(name)).report.foreign).toContain(foreign);
  });

  it('ok-plain.pt with the configuration K2 gives the embeddings of the features of Kaldi', async () => {
    const json = JSON.parse(readFileSync(join(folder, 'K2-3dspeaker-config.json'), 'utf8'));
    const { manifest, report, files } = await convert('ok-plain.pt', {
      config: parseConvertConfig(json),
    });
    expect(report.features).toEqual({ name: 'kaldi', assumed: false, others: [] });
    const { selfCheck, input, output } = manifest;
    const samples = seededSamples(selfCheck.seed, 'samples' in selfCheck ? selfCheck.samples : 0);
    const { data, frames, bands } = kaldiFbank({ num_mel_bins: 80, waveform_scale: 1 }).compute(
      samples,
    );
    const features = { name: input.name, data, shape: [1, frames, bands] };
    const model = files.get('model.onnx') ?? new Uint8Array();
    const embedding = await runGraphOnce(model, features, output.name);
    expect(selfCheck.embedding).toEqual([...embedding]);
    const plain = await convert('ok-plain.pt');
    expect(plain.report.features).toMatchObject({ name: 'speechbrain', assumed: true });
    const other = Float32Array.from(plain.manifest.selfCheck.embedding);
    expect(cosine(embedding, other)).toBeLessThan(0.99);
  });

  it('a state dict that is named is used, or those there are listed', async () => {
    const name = 'K3-lightning-model-prefix.ckpt';
    const { report } = await convert(name, { stateDict: 'state_dict.model' });
    expect(report.stateDict).toBe('state_dict.model');
    await expect(convert(name, { stateDict: 'nowhere' })).rejects.toMatchObject({
      code: 'checkpoint/unsupported',
      message: expect.stringContaining('"state_dict.model"'),
    });
  });

  it("reads pyannote's layout, classes and all", () => {
    const path = resolve(shared, 'reference/cases/resnet34_small');
    const { contents, foreign } = readCheckpoint(
      readFileSync(join(path, 'pyannote_pytorch_model.bin')),
    );
    const plain = readCheckpoint(readFileSync(join(path, 'avg_model.pt'))).tensors;
    expect(foreign).toContain('pyannote.audio.core.task.Specifications');
    let compared = 0;
    for (const [key, tensor] of contents.tensors) {
      if (!key.startsWith('state_dict.resnet.') || key.endsWith('num_batches_tracked')) continue;
      const twin = plain.get(key.slice('state_dict.resnet.'.length));
      const [values, expected] = [tensor.float32(), twin?.float32() ?? new Float32Array()];
      expect(
        Buffer.compare(Buffer.from(values.slice().buffer), Buffer.from(expected.slice().buffer)),
        key,
      ).toBe(0);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(150);
  });
});

describe('a file of two encoders', () => {
  const under = (prefix: string) =>
    [...tinyEcapaTensors()].map(([key, tensor]) => [`${prefix}.${key}`, tensor] as const);
  const bytes = safetensorsOf(new Map([...under('student'), ...under('ema.teacher')]));
  const options = { name: 'two', runGraph: runGraphOnce };

  it('is converted once one of those that the error lists is named', async () => {
    const refusal = await convertCheckpoint(bytes, options).catch((error: Error) => error.message);
    const paths = [...String(refusal).matchAll(/"((?:student|ema)[^"]*)"/g)].map(
      ([, path]) => path,
    );
    expect(paths).toEqual(['student', 'ema.teacher']);
    const plain = await convertCheckpoint(safetensorsOf(tinyEcapaTensors()), options);
    for (const path of paths) {
      const stateDict = path ?? '';
      const { manifest, report } = await convertCheckpoint(bytes, { ...options, stateDict });
      expect(report.stateDict).toBe(path);
      expect(manifest.files.model.sha256).toBe(plain.manifest.files.model.sha256);
    }
  });
});
