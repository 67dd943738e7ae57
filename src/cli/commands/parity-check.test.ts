// @module-tag slow
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { refusalOf, runCaptured } from '../capture.fixture.js';

const shared = process.env.VOICEPRINT_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const trained = resolve(shared, 'checkpoints/ecapa-c256');
const root = resolve(shared, 'speech/dev');
const absent = !existsSync(trained) || !existsSync(root);
if (absent) console.warn(`skipped: ${trained} is absent, and with it what upstream gives`);

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-parity-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe.skipIf(absent)('voiceprint parity-check', () => {
  const checkpoint = join(trained, 'embedding_model.ckpt');
  const check = (model: string, expected = join(trained, 'expected.json'), ...flags: string[]) =>
    runCaptured('parity-check', at(model), '--expected', expected, '--root', root, ...flags);

  it('passes a model with the features it was trained on, and notes it in the card', async () => {
    await runCaptured('convert', checkpoint, '--out', at('right'), '--json');
    expect(readFileSync(at('right/README.md'), 'utf8')).toContain('Not done.');
    const run = await check('right', undefined, '--json');
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ passed: true });
    expect(JSON.parse(run.stdout).leastCosine).toBeGreaterThan(0.99999);
    const card = readFileSync(at('right/README.md'), 'utf8');
    expect(card).toContain('Equal to upstream on 4 recordings');
    expect(card).not.toContain('Not done.');
  }, 60_000);

  it('finds the features of another toolkit', async () => {
    const flags = ['--out', at('wrong'), '--front-end', 'kaldi', '--json'];
    await runCaptured('convert', checkpoint, ...flags);
    const run = await check('wrong');
    expect(run.status).toBe(1);
    expect(run.stdout).toContain('--front-end');
    expect(readFileSync(at('wrong/README.md'), 'utf8')).toContain('NOT equal');
  }, 60_000);

  it.each([
    ['nothing', '{}', 'not as expected'],
    ['no embedding', '{"a.wav": {}}', 'a.wav.embedding'],
    ['a file that is not there', '{"nowhere.wav": {"embedding": [1]}}', 'nowhere.wav'],
  ])('refuses %s', async (_what, json, words) => {
    writeFileSync(at('expected.json'), json);
    expect(refusalOf(await check('right', at('expected.json')))).toContain(words);
  });
});
