import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromiumOptions } from '../scripts/chromium/options.js';
import { silence, writeMicrophone, writeWav } from './support/audio.js';
import {
  enrollFiles,
  expect,
  goTo,
  identifyFile,
  test,
  untilReady,
  verifyFile,
} from './support/demo.js';
import { ROOT } from './support/paths.js';
import { serve } from './support/serve.js';
import { watchRequests } from './support/test.js';

test.describe.configure({ timeout: 120_000 });

const voice = (name: string) => resolve(ROOT, `demo/voices/${name}.flac`);
const folder = await mkdtemp(join(tmpdir(), 'voiceprint-demo-'));
const microphone = await writeMicrophone(join(folder, 'ada.wav'), ['ada-3', 'ada-4']);
const quiet = await writeWav(join(folder, 'quiet.wav'), [silence(4)]);

test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.use({
  permissions: ['microphone'],
  launchOptions: chromiumOptions({ microphone }),
});

test('enrolls by files, tells voices apart, keeps them over a reload, and asks for nothing', async ({
  page,
  demoServer,
}) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text());
  });
  await page.goto(demoServer.address);
  await untilReady(page);
  const requests = watchRequests(page);
  await enrollFiles(page, 'Ada', ['ada-1', 'ada-2'].map(voice));
  await enrollFiles(page, 'Ben', ['ben-1', 'ben-2'].map(voice));
  expect(await verifyFile(page, 'Ada', voice('ada-4'))).toBe(true);
  expect(await verifyFile(page, 'Ada', voice('ben-4'))).toBe(false);
  expect(requests).toEqual([]);

  await page.reload();
  await untilReady(page);
  requests.length = 0;
  expect(await verifyFile(page, 'Ben', voice('ben-4'))).toBe(true);
  expect(await identifyFile(page, voice('ada-4'))).toBe('Ada');
  expect(await identifyFile(page, voice('cal-4'))).toBe('');
  await expect(page.getByTestId('log-mel')).toBeVisible();
  await expect(page.getByTestId('requests')).toHaveAttribute('data-count', '0');
  expect(requests).toEqual([]);
  expect(violations).toEqual([]);
});

test('enrolls and verifies by microphone', { tag: '@microphone' }, async ({ page, demoServer }) => {
  await page.goto(`${demoServer.address}#/enroll`);
  await untilReady(page);
  const requests = watchRequests(page);
  await page.getByTestId('enroll-name').fill('Ada');
  await page.getByTestId('record').click();
  await expect(page.locator('[data-testid="utterance"][data-usable="true"]')).toHaveCount(1);
  await page.getByTestId('enroll').click();
  await expect(page.getByTestId('enrolled')).toContainText('Ada');
  expect(await verifyFile(page, 'Ada', voice('ada-1'))).toBe(true);
  expect(await verifyFile(page, 'Ada', voice('cal-1'))).toBe(false);
  expect(requests).toEqual([]);
});

test('refuses silence and two words, in words', async ({ page, demoServer }) => {
  await page.goto(demoServer.address);
  await untilReady(page);
  await enrollFiles(page, 'Ada', [voice('ada-1')]);
  await goTo(page, 'verify');
  await page.getByTestId('files').setInputFiles(quiet);
  await expect(page.getByTestId('verify-error')).toContainText(/Nothing was heard|No speech/);
  await page.getByTestId('files').setInputFiles(resolve(ROOT, 'e2e/fixtures/two-words.flac'));
  await expect(page.getByTestId('verify-error')).toContainText('too short');
  await expect(page.getByTestId('decision')).toHaveCount(0);
  await goTo(page, 'enroll');
  await page.getByTestId('files').setInputFiles(quiet);
  const utterance = page.getByTestId('utterance');
  await expect(utterance).toHaveAttribute('data-usable', 'false');
  await expect(utterance).toContainText(/Nothing was heard|No speech/);
  await expect(page.getByTestId('enroll')).toBeDisabled();
});

test('deletes people, and takes them along in a file', async ({ page, demoServer }) => {
  await page.goto(demoServer.address);
  await untilReady(page);
  await enrollFiles(page, 'Ada', [voice('ada-1')]);
  await enrollFiles(page, 'Ben', [voice('ben-1')]);
  await goTo(page, 'people');
  const person = page.getByTestId('person');
  await expect(person).toHaveCount(2);
  await page.getByTestId('passphrase').fill('correct horse battery');
  const downloading = page.waitForEvent('download');
  await page.getByTestId('export').click();
  const file = join(folder, 'people.vpw');
  await (await downloading).saveAs(file);

  await page.locator('[data-speaker="Ben"]').getByTestId('delete').click();
  await page.getByTestId('delete-yes').click();
  await expect(person).toHaveCount(1);
  await page.getByTestId('delete-all').click();
  await page.getByTestId('delete-all-yes').click();
  await expect(page.getByTestId('nobody')).toBeVisible();

  await page.getByTestId('passphrase').fill('another passphrase');
  await page.getByTestId('import').setInputFiles(file);
  await expect(page.getByTestId('people-error')).toContainText('passphrase is another');
  await page.getByTestId('passphrase').fill('correct horse battery');
  await page.getByTestId('import').setInputFiles(file);
  await expect(person).toHaveCount(2);
  expect(await verifyFile(page, 'Ben', voice('ben-4'))).toBe(true);
});

test('opens again without a network, on as many threads', { tag: '@microphone' }, async ({
  page,
  context,
}) => {
  const server = await serve(resolve(ROOT, 'dist-demo'), 'strict');
  await page.goto(`${server.address}#/enroll`);
  await untilReady(page);
  await enrollFiles(page, 'Ada', ['ada-1', 'ada-2'].map(voice));
  await server.close();
  await context.setOffline(true);
  await page.reload();
  await untilReady(page);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(page.getByTestId('engine')).not.toContainText('1 thread ');
  expect(await verifyFile(page, 'Ada', voice('ada-4'))).toBe(true);
  expect(await verifyFile(page, 'Ada', voice('ben-4'))).toBe(false);
  // The microphone's module is fetched at its first use.
  await page.getByTestId('record').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-accepted', 'true');
});
