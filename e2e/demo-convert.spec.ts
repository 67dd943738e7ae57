import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { parseManifest } from '../src/models/manifest.js';
import { expect, goTo, test, untilReady } from './support/demo.js';
import { ROOT } from './support/paths.js';

const checkpoint = resolve(
  process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared'),
  'reference/cases/sb_ecapa_c128/embedding_model.ckpt',
);
const there = existsSync(checkpoint);
if (!there) console.warn(`converting in the page: skipped, there is no ${checkpoint}`);

const folder = await mkdtemp(join(tmpdir(), 'voiceprint-convert-'));
test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.describe.configure({ timeout: 120_000 });

test('converts a checkpoint in the page, runs it, and hands out the model folder', async ({
  page,
  demoServer,
}) => {
  test.skip(!there, 'no ../shared/reference');
  await page.goto(`${demoServer.address}#/convert`);
  await untilReady(page);
  await page.getByTestId('checkpoint-file').setInputFiles(checkpoint);
  const converted = page.getByTestId('converted');
  await expect(converted).toContainText('ecapa-tdnn');
  await expect(page.getByTestId('notes')).toContainText('dilations');
  const parameters = await page.getByTestId('parameters').getAttribute('data-count');
  expect(Number(parameters)).toBeGreaterThan(100_000);
  await expect(page.getByTestId('requests')).toHaveAttribute('data-count', '0');

  await page.getByTestId('keys-search').fill('asp_bn.norm.running_mean');
  await expect(page.getByTestId('keys')).toHaveAttribute('data-count', '1');

  await page.getByTestId('try').click();
  const tried = page.getByTestId('tried');
  await expect(tried).toBeVisible();
  const score = Number(await tried.getAttribute('data-score'));
  expect(Math.abs(score)).toBeLessThanOrEqual(1);
  await page.getByTestId('try-threshold').fill('-0.2');
  await expect(tried).toHaveAttribute('data-accepted', String(score >= -0.2));
  await page.getByTestId('try-threshold').fill('1');
  await expect(tried).toHaveAttribute('data-accepted', 'false');

  const downloading = page.waitForEvent('download');
  await page.getByTestId('download').click();
  const file = join(folder, 'model.zip');
  await (await downloading).saveAs(file);
  const files = unzipSync(readFileSync(file));
  expect(Object.keys(files).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx']);
  const manifest = parseManifest(JSON.parse(new TextDecoder().decode(files['manifest.json'])));
  expect(manifest.precision).toBe('fp16');
  expect(files['model.onnx']?.length).toBe(manifest.files.model.bytes);
});

test('says what is wrong with files that are no checkpoints, and goes on', async ({
  page,
  demoServer,
}) => {
  const hostile = join(folder, 'hostile.pt');
  // A pickle that would run a command, had it been run.
  const pickle = '\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.';
  writeFileSync(hostile, Buffer.from(pickle, 'latin1'));
  const cut = join(folder, 'cut.ckpt');
  writeFileSync(cut, there ? readFileSync(checkpoint).subarray(0, 100_000) : 'PK\x03\x04');
  await page.goto(`${demoServer.address}#/convert`);
  await untilReady(page);
  const error = page.getByTestId('convert-error');
  for (const [file, code] of [
    [hostile, /^checkpoint\//],
    [cut, /^checkpoint\//],
    [resolve(ROOT, 'demo/index.html'), 'checkpoint/malformed'],
  ] as const) {
    await page.getByTestId('checkpoint-file').setInputFiles(file);
    await expect(page.getByTestId('checkpoint').locator('h2')).toHaveText(file.replace(/.*\//, ''));
    await expect(error).toHaveAttribute('data-code', code);
    await expect(error.locator('p').nth(1)).not.toHaveText('');
  }
  await goTo(page, 'home');
});
