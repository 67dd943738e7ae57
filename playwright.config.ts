import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './scripts/chromium/options.js';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/support/global-setup.ts',
  // Chromium with a software GPU uses every core that there is.
  workers: 1,
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
