import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test, untilReady } from './support/demo.js';
import { ROOT } from './support/paths.js';

const folder = await mkdtemp(join(tmpdir(), 'voiceprint-evaluate-'));
test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.describe.configure({ timeout: 120_000 });

async function open(page: Page, address: string): Promise<void> {
  // The smaller model: what the page does is the same, in a quarter of the time.
  await page.goto(`${address}?backend=wasm&model=compact#/evaluate`);
  await untilReady(page);
}

/** What a button downloads. */
async function downloaded(page: Page, button: string): Promise<string> {
  const downloading = page.waitForEvent('download');
  await page.getByTestId(button).click();
  const download = await downloading;
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return readFileSync(path, 'utf8');
}

test('measures the example voices, goes on after it was cancelled, and hands the report out', async ({
  page,
  context,
  demoServer,
}) => {
  await open(page, demoServer.address);
  await page.getByTestId('evaluate-example').click();
  await expect(page.getByTestId('evaluate-found')).toContainText('66 trials');
  await page.getByTestId('evaluate-start').click();
  const progress = page.getByTestId('evaluate-progress');
  await expect(progress).toContainText(/[2-9] of 12/);
  await page.getByTestId('evaluate-cancel').click();
  await expect(progress).toBeHidden();
  const kept = Number(await page.getByTestId('evaluate-kept').getAttribute('data-count'));
  expect(kept).toBeGreaterThanOrEqual(2);
  await page.getByTestId('evaluate-start').click();
  const report = page.getByTestId('report').locator('report-view');
  await expect(report).toContainText('How it was measured');
  await expect(report).toContainText('The list has 3 speakers');
  await expect(report.locator('svg')).toHaveCount(12);
  await expect(page.getByTestId('requests')).toHaveAttribute('data-count', '0');

  const figures: unknown = JSON.parse(await downloaded(page, 'report-json'));
  expect(figures).toMatchObject({ trials: 66, targets: 18, bySeconds: { full: { trials: 66 } } });
  const scores = (await downloaded(page, 'report-csv')).trim().split('\r\n');
  expect(scores).toHaveLength(67);
  expect(scores[1]).toMatch(/^[01],ada\/ada-1.flac,ada\/ada-2.flac(,-?\d\.\d{6}){5}$/);
  await downloaded(page, 'report-html');

  const alone = await context.newPage();
  const complaints: string[] = [];
  alone.on('console', (message) => complaints.push(message.text()));
  await alone.goto(`file://${join(folder, 'report.html')}`);
  await expect(alone.locator('h1')).toContainText('example-trials.txt');
  await expect(alone.locator('svg')).toHaveCount(12);
  expect(complaints).toEqual([]);
});

test('names what is wrong with lists and folders, and leaves files out only when told to', async ({
  page,
  demoServer,
}) => {
  await open(page, demoServer.address);
  const error = page.getByTestId('evaluate-error');
  const giveList = (text: string) =>
    page
      .getByTestId('evaluate-list')
      .setInputFiles({ name: 'trials.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  for (const [text, words] of [
    ['a b target\na c imposter\n', 'line 2 of the trial list ends with "imposter"'],
    ['1 a b\n1 a c\n', 'of 2 trials 2 are target trials'],
    ['', 'the trial list is empty'],
    ['1 a b\n0 a b\n', 'is listed as target and as nontarget'],
  ] as const) {
    await giveList(text);
    await expect(error).toContainText(words);
    await expect(page.getByTestId('evaluate-start')).toBeHidden();
  }

  const recordings = join(folder, 'recordings');
  for (const [speaker, clips] of [
    ['ada', [1, 2]],
    ['ben', [1, 2]],
  ] as const) {
    mkdirSync(join(recordings, speaker), { recursive: true });
    for (const clip of clips) {
      const name = `${speaker}-${clip}.flac`;
      cpSync(resolve(ROOT, 'demo/voices', name), join(recordings, speaker, name));
    }
  }
  writeFileSync(join(recordings, 'ben', 'broken.wav'), 'RIFF, or so it says');
  const lines = [
    '1 ada/ada-1.flac ada/ada-2.flac',
    '1 ben/ben-1.flac ben/ben-2.flac',
    '0 ada/ada-1.flac ben/ben-1.flac',
    '0 ada/ada-2.flac ben/ben-2.flac',
    '0 ada/ada-2.flac ben/ben-2.flac',
    '0 ada/ada-1.flac ben/broken.wav',
  ];
  writeFileSync(join(recordings, 'trials.txt'), `\ufeff${lines.join('\r\n')}\r\n`);
  await page.getByTestId('evaluate-folder').setInputFiles(recordings);
  await expect(page.getByTestId('evaluate-found')).toContainText('1 listed twice');
  await expect(page.getByTestId('evaluate-matched')).toHaveAttribute('data-missing', '0');
  await page.getByTestId('evaluate-start').click();
  const leftOut = page.getByTestId('evaluate-left-out');
  await expect(leftOut).toContainText('ben/broken.wav');
  await expect(page.getByTestId('evaluate-start')).toBeDisabled();
  await page.getByTestId('evaluate-skip').check();
  await page.getByTestId('evaluate-start').click();
  const report = page.getByTestId('report').locator('report-view');
  await expect(report).toContainText('1 file could not be used, so 1 trial');

  await page.getByTestId('evaluate-skip').uncheck();
  await giveList(`${lines.join('\n')}\n0 ada/ada-1.flac cal/gone.flac\n`);
  await expect(leftOut).toContainText('cal/gone.flac');
  await expect(leftOut).toHaveAttribute('data-count', '1');
  await expect(page.getByTestId('evaluate-start')).toBeDisabled();
});
