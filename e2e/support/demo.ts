import type { Page } from '@playwright/test';
import { DEMO } from './paths.js';
import { type Server, serve } from './serve.js';
import { test as base, expect } from './test.js';

export { expect };

/** Playwright's test with the demo as it is shipped, under the strict content security policy. */
export const test = base.extend<object, { readonly demoServer: Server }>({
  demoServer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures here.
    async ({}, use) => {
      const server = await serve(DEMO, 'strict');
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],
});

/** Waits until the demo says that nothing will be requested any more. */
export async function untilReady(page: Page): Promise<void> {
  await expect(page.getByTestId('requests').locator('strong')).toBeVisible({ timeout: 60_000 });
}

/** Goes to one of its pages by the navigation. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByTestId(`nav-${name}`).click();
  await expect(page.getByTestId(`page-${name}`)).toBeVisible();
}

/** Enrolls files under a name. */
export async function enrollFiles(page: Page, name: string, files: readonly string[]) {
  await goTo(page, 'enroll');
  await page.getByTestId('enroll-name').fill(name);
  await page.getByTestId('files').setInputFiles([...files]);
  await expect(page.locator('[data-testid="utterance"][data-usable="true"]')).toHaveCount(
    files.length,
  );
  await page.getByTestId('enroll').click();
  await expect(page.getByTestId('enrolled')).toContainText(name);
}

/** Goes to a page as if for the first time: what it said about another file is not there. */
async function goAnew(page: Page, name: string): Promise<void> {
  await goTo(page, 'home');
  await goTo(page, name);
}

/** The decision on a file, on the page for verifying. */
export async function verifyFile(page: Page, speaker: string, file: string): Promise<boolean> {
  await goAnew(page, 'verify');
  await page.getByTestId('verify-speaker').selectOption(speaker);
  await page.getByTestId('files').setInputFiles(file);
  const decision = page.getByTestId('decision');
  await expect(decision).toBeVisible();
  return (await decision.getAttribute('data-accepted')) === 'true';
}

/** Who the page for identifying takes a file for; empty for nobody. */
export async function identifyFile(page: Page, file: string): Promise<string | null> {
  await goAnew(page, 'identify');
  await page.getByTestId('files').setInputFiles(file);
  const identified = page.getByTestId('identified');
  await expect(identified).toBeVisible();
  return identified.getAttribute('data-speaker');
}
