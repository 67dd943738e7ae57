import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { safetensorsOf, TINY_ECAPA, tinyEcapaTensors } from '../models/tiny-ecapa.fixture.js';
import { refusalOf, runCaptured } from './capture.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-published-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = safetensorsOf(tinyEcapaTensors());
const list = (values: readonly number[]) => `[${values.join(', ')}]`;
const hyperparams = `
n_mels: 80
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
    f_min: 20
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: ${list(TINY_ECAPA.channels)}
`;

mkdirSync(at('published/assets'), { recursive: true });
writeFileSync(at('published/hyperparams.yaml'), hyperparams);
writeFileSync(at('published/assets/note.txt'), 'nothing');
writeFileSync(at('weights'), bytes);
symlinkSync(at('weights'), at('published/model.safetensors'));
writeFileSync(
  at('published.zip'),
  zipSync({
    'm/hyperparams.yaml': new TextEncoder().encode(hyperparams),
    'm/model.safetensors': bytes,
  }),
);
mkdirSync(at('empty'));

describe('voiceprint convert', () => {
  it.each([
    ['a folder', 'published', 'model.safetensors'],
    ['a zip', 'published.zip', 'm/model.safetensors'],
  ])('takes %s as it was published, with its front end', async (_what, name, checkpoint) => {
    const out = at(`of-${name.replace('.', '-')}`);
    const run = await runCaptured('convert', at(name), '--out', out, '--json');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      architecture: 'ecapa-tdnn',
      source: { publisher: 'speechbrain', checkpoint },
    });
    const inspected = JSON.parse((await runCaptured('inspect', out, '--json')).stdout);
    expect(inspected.frontEnd).toEqual({
      recipe: 'speechbrain',
      parameters: { n_mels: 80, f_min: 20, normalization: 'sentence-mean' },
    });
  });

  it('says what a folder lacks', async () => {
    const run = runCaptured('convert', at('empty'), '--out', at('none'));
    expect(refusalOf(await run)).toContain('no checkpoint');
  });
});
