import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium/options.js';
import { silence, writeMicrophone, writeWav } from './support/audio.js';
import { expect, test } from './support/test.js';

test.describe.configure({ timeout: 180_000 });

/** A browser whose microphone plays a file; the same profile keeps its voiceprints. */
async function withMicrophone<T>(
  profile: string,
  wavFile: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const context: BrowserContext = await chromium.launchPersistentContext(join(profile, 'profile'), {
    ...chromiumOptions({ microphone: wavFile }),
    permissions: ['microphone'],
  });
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

const widget = (page: Page) => page.getByTestId('widget');

/** Starts a recording with the element's main button and waits for one of its end states. */
async function record(page: Page, ends: RegExp): Promise<void> {
  await page.locator('voiceprint-check [part~="primary-button"]').first().click();
  await expect(widget(page)).toHaveAttribute('data-state', ends, { timeout: 90_000 });
}

test('the widget asks for consent, enrolls by microphone, accepts, rejects, survives a restart', async ({
  site,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'voiceprint-e2e-'));
  try {
    const ada = await writeMicrophone(join(folder, 'ada.wav'), ['ada-1', 'ada-2', 'ada-3']);
    const same = await writeMicrophone(join(folder, 'same.wav'), ['ada-4', 'ada-1']);
    const other = await writeMicrophone(join(folder, 'other.wav'), ['ben-4', 'ben-1']);
    const quiet = await writeWav(join(folder, 'quiet.wav'), [silence(20)]);

    await withMicrophone(folder, ada, async (page) => {
      await page.goto(`${site}widget.html`);
      await expect(widget(page)).toHaveAttribute('data-state', 'consent', { timeout: 60_000 });
      await page.locator('voiceprint-check [part~="primary-button"]').first().click();
      await expect(widget(page)).toHaveAttribute('data-state', /ready/);
      await record(page, /enrolled|error/);
      await expect(widget(page)).toHaveAttribute('data-state', 'enrolled');
    });
    const decision = (file: string) =>
      withMicrophone(folder, file, async (page) => {
        await page.goto(`${site}widget.html`);
        await expect(widget(page)).toHaveAttribute('data-state', /ready/, { timeout: 60_000 });
        await record(page, /accepted|rejected|error/);
        return widget(page).getAttribute('data-state');
      });
    expect(await decision(same)).toBe('accepted');
    expect(await decision(other)).toBe('rejected');
    expect(await decision(quiet)).toBe('error');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
