import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright';
import { ROOT } from '../../../../e2e/support/paths.js';
import { serve } from '../../../../e2e/support/serve.js';
import { chromiumOptions } from '../../../chromium/options.js';

/** Below the served folder: an empty page beside the built package and the bundled voices. */
const PAGE = 'scripts/lab/bench/in-page/page.html';

/** Calls a function of `page.js` in a new page and closes the page again. */
export type CallInPage = (name: string, ...args: readonly unknown[]) => Promise<unknown>;

/**
 * Runs a measurement in a fresh browser profile, cross-origin isolated.
 *
 * @param gpu - Whether pages have WebGPU (SwiftShader where there is no GPU).
 */
export async function measureInBrowser<T>(
  gpu: boolean,
  measure: (call: CallInPage, context: BrowserContext) => Promise<T>,
): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), 'voiceprint-bench-'));
  const server = await serve(ROOT, 'isolated');
  const context = await chromium.launchPersistentContext(profile, chromiumOptions({ gpu }));
  const call: CallInPage = async (name, ...args) => {
    const page = await context.newPage();
    await page.goto(`${server.address}${PAGE}`);
    const result: unknown = await page.evaluate(
      `import('./page.js').then((bench) => bench[${JSON.stringify(name)}](...${JSON.stringify(args)}))`,
    );
    await page.close();
    return result;
  };
  try {
    return await measure(call, context);
  } finally {
    await context.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
