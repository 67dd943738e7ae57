import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium/options.js';
import { writeMicrophone } from './support/audio.js';
import { expect, goTo, test, untilReady } from './support/demo.js';
import { ROOT } from './support/paths.js';
import { watchRequests } from './support/test.js';

test.describe.configure({ timeout: 120_000 });

const folder = await mkdtemp(join(tmpdir(), 'voiceprint-live-'));
const microphone = await writeMicrophone(join(folder, 'ada.wav'), ['ada-3', 'ada-4', 'ada-3']);

test.afterAll(() => rm(folder, { recursive: true, force: true }));

test.use({
  permissions: ['microphone', 'clipboard-read', 'clipboard-write'],
  launchOptions: chromiumOptions({ microphone }),
});

const stage = (page: Page) => page.getByTestId('stage');
const inPhase = (page: Page, phase: string) =>
  expect(stage(page)).toHaveAttribute('data-phase', phase, { timeout: 60_000 });

/** Opens the live page with the example voices enrolled. */
async function openLive(page: Page, address: string): Promise<void> {
  await page.goto(`${address}#/live`);
  await untilReady(page);
  await page.getByTestId('enroll-examples').click();
  // Enrolling ends with the focus on this button; until then the form still changes.
  await expect(page.getByTestId('live-start')).toHaveText('Play and listen');
  await expect(page.getByTestId('live-start')).toBeFocused();
}

/** Makes a choice of the form, once it stands still: a forced click lands where the choice was. */
const choose = (page: Page, name: string, checked = true): Promise<void> =>
  page.getByTestId('live-setup').getByLabel(name, { exact: true }).setChecked(checked);

for (const [name, encoder] of [
  ['Causal', 'every moment once'],
  ['Window', 'over the last seconds'],
] as const) {
  test(`plays a conversation to the ${name} encoder and tells who is who`, async ({
    page,
    demoServer,
  }) => {
    await openLive(page, demoServer.address);
    const requests = watchRequests(page);
    await choose(page, name);
    await choose(page, 'Fast');
    await page.getByTestId('live-start').click();
    await inPhase(page, 'ended');
    await expect(page.getByTestId('cost-mode')).toContainText(encoder);
    await page.getByText('As a list').click();
    const rows = page.locator('turns-timeline tbody tr');
    await expect(rows.filter({ hasText: 'Ada' }).first()).toBeVisible();
    await expect(rows.filter({ hasText: 'Ben' }).first()).toBeVisible();
    expect(requests).toEqual([]);
  });
}

test('plays a conversation by keyboard, and shows who spoke when', async ({ page, demoServer }) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text());
  });
  await openLive(page, demoServer.address);
  const requests = watchRequests(page);
  // By keyboard: the focus waits on the button that goes on.
  await expect(page.getByTestId('live-start')).toBeFocused();
  await page.getByRole('radio', { name: 'Aloud' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('radio', { name: 'Fast' })).toBeChecked();
  await page.getByTestId('live-start').press('Enter');
  await inPhase(page, 'listening');
  await expect(page.getByRole('radio', { name: 'Fast' })).toBeDisabled();
  await inPhase(page, 'ended');

  await expect(page.getByTestId('now')).toContainText('heard');
  await page.getByTestId('copy-events').click();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  const events: { type: string; to?: string; speaker?: string }[] = lines
    .split('\n')
    .map((line) => JSON.parse(line));
  const accepted = events.flatMap((event) => (event.type === 'accept' ? [event.speaker] : []));
  expect(accepted).toEqual(expect.arrayContaining(['Ada', 'Ben']));
  expect(accepted.indexOf('Ada')).toBeLessThan(accepted.indexOf('Ben'));
  expect(events.at(-1)).not.toMatchObject({ type: 'error' });
  expect(events.filter(({ type }) => type === 'reject').length).toBeGreaterThan(0);

  await expect(page.getByTestId('cost-latency')).toContainText('ms');
  await expect(page.getByTestId('cost-first-decision')).toContainText('of speech');
  await page.getByText('As a list').click();
  const rows = page.locator('turns-timeline tbody tr');
  await expect(rows.filter({ hasText: 'Ada' }).first()).toBeVisible();
  await expect(rows.filter({ hasText: 'Ben' }).first()).toBeVisible();
  await expect(rows.filter({ hasText: 'somebody else' }).first()).toBeVisible();
  expect(await coloursOf(page, 'live-scope')).toBeGreaterThan(30);
  expect(await coloursOf(page, 'turns')).toBeGreaterThan(3);
  await page.getByTestId('turns').hover({ position: { x: 40, y: 10 } });
  await expect(page.locator('turns-timeline .tip')).toBeVisible();
  await expect(page.getByTestId('requests')).toHaveAttribute('data-count', '0');
  expect(requests).toEqual([]);
  expect(violations).toEqual([]);
});

test('listens to the microphone until it is paused, started over, stopped or left', {
  tag: '@microphone',
}, async ({ page, demoServer }) => {
  await openLive(page, demoServer.address);
  await choose(page, 'Microphone');
  await page.getByTestId('live-start').click();
  await expect(page.getByTestId('now')).toHaveAttribute('data-speaker', 'Ada', { timeout: 60_000 });
  await expect(page.getByTestId('live-status')).toHaveText('Ada');
  await page.getByTestId('live-pause').click();
  await inPhase(page, 'paused');
  await page.getByTestId('live-pause').click();
  await inPhase(page, 'listening');
  await page.getByTestId('live-restart').click();
  await expect(page.getByTestId('legend')).toContainText('Ada0 s');
  await page.getByTestId('live-stop').click();
  await inPhase(page, 'ended');
  await expect(page.getByTestId('live-start')).toBeEnabled();
  await page.getByTestId('live-start').click();
  await inPhase(page, 'listening');
  await goTo(page, 'people');
  await goTo(page, 'live');
  await inPhase(page, 'idle');
});

test('says what keeps it from listening, and goes on afterwards', async ({ page, demoServer }) => {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('refused', 'NotAllowedError');
    };
  });
  await openLive(page, demoServer.address);
  await choose(page, 'Microphone');
  await page.getByTestId('live-start').click();
  await expect(page.getByTestId('live-error')).toContainText('microphone is blocked');
  await inPhase(page, 'ended');

  for (const name of ['Ada', 'Ben']) await choose(page, name, false);
  await page.getByTestId('live-start').click();
  await expect(page.getByTestId('setup-error')).toContainText('Choose somebody');
  await choose(page, 'Ben');
  await choose(page, 'File');
  await page.getByTestId('live-file').setInputFiles(resolve(ROOT, 'demo/index.html'));
  await expect(page.getByTestId('setup-error')).toContainText('cannot read');
  await page.getByTestId('live-file').setInputFiles(resolve(ROOT, 'demo/voices/ben-4.flac'));
  await choose(page, 'Fast');
  await page.getByTestId('live-start').click();
  await expect(page.getByTestId('live-code')).toContainText("verifier.stream('Ben'");
  await inPhase(page, 'ended');
  await expect(page.getByTestId('live-error')).toBeEmpty();
  await expect(page.getByTestId('legend')).not.toContainText('Ben0 s');
});

/** How many colours a picture has: none was drawn where there is one. */
function coloursOf(page: Page, id: string): Promise<number> {
  return page.getByTestId(id).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return 0;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set<number>();
    for (let n = 0; pixels && n < pixels.length; n += 4) {
      colours.add(((pixels[n] ?? 0) << 16) | ((pixels[n + 1] ?? 0) << 8) | (pixels[n + 2] ?? 0));
    }
    return colours.size;
  });
}
