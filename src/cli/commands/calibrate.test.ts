// @module-tag slow

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../models/manifest.js';
import { ROOT } from '../../platform/checkout.fixture.js';
import { refusalOf, runCaptured } from '../capture.fixture.js';

const voices = resolve(ROOT, 'demo/voices');
const names = ['ada', 'ben', 'cal'];
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voiceprint-calibrate-'));
  const files = names.flatMap((name) => [`${name}-1.flac`, `${name}-2.flac`]);
  const lines = files.flatMap((a, i) =>
    files.slice(i + 1).map((b) => `${a.slice(0, 3) === b.slice(0, 3) ? 1 : 0} ${a} ${b}`),
  );
  await writeFile(join(folder, 'trials.txt'), lines.join('\n'));
  await mkdir(join(folder, 'others'));
  for (const name of names) {
    await copyFile(join(voices, `${name}-3.flac`), join(folder, 'others', `${name}.flac`));
  }
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }), 60_000);

const calibrate = (...more: string[]) =>
  runCaptured(
    'calibrate',
    ...['--model', join(folder, 'model'), '--trials', join(folder, 'trials.txt')],
    ...['--root', voices, '--cache', join(folder, 'cache'), '--seconds', '3', '--workers', '1'],
    ...more,
  );

const readModel = async (path: string) =>
  parseManifest(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')));

/** The model that ships, as if nothing had been measured on it. */
async function forgetMeasures(model: string): Promise<void> {
  const shipped = resolve(ROOT, 'models/default');
  await mkdir(model);
  await copyFile(join(shipped, 'model.onnx'), join(model, 'model.onnx'));
  const { normalization: _, files, ...manifest } = await readModel(shipped);
  const unmeasured = {
    thresholds: [],
    calibration: [],
    figures: [],
    files: { model: files.model },
  };
  await writeFile(join(model, 'manifest.json'), JSON.stringify({ ...manifest, ...unmeasured }));
}

describe('voiceprint calibrate', () => {
  it('writes what was measured, into a copy or into the model itself', async () => {
    const model = join(folder, 'model');
    await forgetMeasures(model);
    const mine = join(folder, 'mine');

    const shown = await calibrate();
    expect(shown.stderr).not.toContain('voiceprint:');
    expect(shown.stdout).toMatch(/nothing was written: give --out DIR, or --force/);
    expect((await readModel(model)).calibration).toEqual([]);

    const copied = await calibrate('--out', mine, '--cohort', join(folder, 'others'));
    expect(copied.status).toBe(0);
    expect(copied.stdout).toMatch(/before +trials +– +– +– +–/);
    expect(copied.stdout).toMatch(/after +trials/);
    // Three people and 12 nontarget trials bound no rate.
    expect(copied.stdout).toMatch(/no threshold: .* needs 20 speakers and 60 nontarget trials/);
    const manifest = await readModel(mine);
    expect(manifest.thresholds).toEqual([]);
    expect(manifest.normalization?.kind).toBe('as-norm');
    expect(manifest.calibration).toHaveLength(1);
    expect(manifest.files.cohort?.bytes).toBe(3 * 192 * 2);
    expect(manifest.figures).toMatchObject([
      { list: 'trials', seconds: 3, targets: 3, nontargets: 12 },
    ]);
    expect(await readFile(join(mine, 'README.md'), 'utf8')).toContain('### Equal error rates');

    expect(refusalOf(await calibrate('--out', mine))).toContain('is not empty');
    await calibrate('--force');
    expect((await readModel(model)).calibration).toHaveLength(1);
  }, 300_000);

  it.each([
    ['two roots for one list', ['--root', '.'], /1 --trials and 2 --root/],
    ['seconds that are none', ['--seconds', 'x'], /--seconds is "x"/],
    ['a cohort that is not there', ['--cohort', 'no-such-folder'], /cannot read the cohort/],
  ])(
    'refuses %s in one line',
    async (_, more, message) => {
      expect(refusalOf(await calibrate(...more))).toMatch(message);
    },
    60_000,
  );
});
