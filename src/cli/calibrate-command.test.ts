import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../models/manifest.js';
import { refusalOf, runCaptured } from './capture.fixture.js';

const voices = resolve(import.meta.dirname, '../../demo/voices');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voiceprint-calibrate-'));
  const files = ['ada', 'ben', 'cal'].flatMap((name) =>
    [1, 2, 3, 4].map((i) => `${name}-${i}.flac`),
  );
  const lines = files.flatMap((a, i) =>
    files.slice(i + 1).map((b) => `${a.slice(0, 3) === b.slice(0, 3) ? 1 : 0} ${a} ${b}`),
  );
  await writeFile(join(folder, 'trials.txt'), lines.join('\n'));
});

afterAll(() => rm(folder, { recursive: true }));

const arguments_ = (...more: string[]) => [
  'calibrate',
  ...['--trials', join(folder, 'trials.txt'), '--root', voices],
  ...['--cache', join(folder, 'cache'), '--seconds', '2', '--workers', '1'],
  ...more,
];

describe('voiceprint calibrate', () => {
  it('writes a model folder with what was measured, and says what changed', async () => {
    const out = join(folder, 'mine');
    const output = await runCaptured(...arguments_('--out', out));
    expect(output.stderr).not.toContain('voiceprint:');
    expect(output.status).toBe(0);
    expect(output.stdout).toMatch(/before +trials/);
    expect(output.stdout).toMatch(/after +trials/);
    const manifest = parseManifest(JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')));
    // 48 nontarget trials support no rate below 3 / 48.
    expect(manifest.thresholds).toEqual([]);
    expect(manifest.calibration).toHaveLength(1);
    expect(manifest.figures).toMatchObject([
      { list: 'trials', seconds: 2, targets: 18, nontargets: 48 },
    ]);
    expect(await readFile(join(out, 'README.md'), 'utf8')).toContain('### Thresholds');
    const again = await runCaptured(...arguments_('--out', out));
    expect(again).toMatchObject({ status: 2, stderr: expect.stringMatching(/is not empty/) });
  }, 300_000);

  it.each([
    ['two roots for one list', ['--root', '.'], /1 --trials and 2 --root/],
    ['seconds that are none', ['--seconds', 'x'], /--seconds is "x"/],
    [
      'a cohort that is not there',
      ['--cohort', 'no-such-folder'],
      /cannot read the cohort's folder/,
    ],
  ])(
    'refuses %s in one line',
    async (_, more, message) => {
      expect(refusalOf(await runCaptured(...arguments_(...more)))).toMatch(message);
    },
    60_000,
  );
});
