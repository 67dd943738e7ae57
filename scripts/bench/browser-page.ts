import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright';
import { CHROMIUM_ARGUMENTS, SOFTWARE_GPU } from '../../e2e/support/chromium-arguments.js';
import { ROOT } from '../../e2e/support/paths.js';
import { serve } from '../../e2e/support/serve.js';
import { findChromium } from '../chromium.mjs';

/** Below the served folder: an empty page beside the built package and the bundled voices. */
const PAGE = 'scripts/bench/page.html';

/**
 * Runs a measurement in a fresh browser profile, cross-origin isolated.
 *
 * @param gpu - Whether pages have WebGPU (SwiftShader where there is no GPU).
 * @param measure - Gets the browser and the address of the page to open in it.
 */
export async function measureInBrowser<T>(
  gpu: boolean,
  measure: (context: BrowserContext, page: string) => Promise<T>,
): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), 'voiceprint-bench-'));
  const server = await serve(ROOT, 'isolated');
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(profile, {
    args: [...CHROMIUM_ARGUMENTS, ...(gpu ? SOFTWARE_GPU : [])],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  try {
    return await measure(context, `${server.address}${PAGE}`);
  } finally {
    await context.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** What runs in the page: the package as it is shipped, imported by its address. */
export type Package = typeof import('../../src/index.js');
