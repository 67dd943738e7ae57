import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './scripts/chromium/options.js';

/** Files and tests that wait for a microphone in real time, or compute WebGPU on the processor. */
const SLOW = /\.(gpu|microphone)\.spec\.ts|@(gpu|microphone)/;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/support/global-setup.ts',
  // Both projects side by side: whoever waits for a microphone leaves the processor to the others.
  workers: 3,
  projects: [
    { name: 'fast', grepInvert: SLOW, workers: 2 },
    // One at a time: Chromium with a software GPU uses every core that there is.
    { name: 'slow', grep: SLOW, workers: 1 },
  ],
  timeout: 90_000,
  // A browser on a machine that others share can miss a moment; what needed it is counted and named.
  retries: 1,
  expect: { timeout: 30_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  use: {
    launchOptions: chromiumOptions(),
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
