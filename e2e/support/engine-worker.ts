import type { Page } from '@playwright/test';

/** Puts a script before that of the engine's worker. */
export async function prependToWorker(page: Page, script: string): Promise<void> {
  await page.context().route('**/engine.worker*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script};${await response.text()}` });
  });
}

/** Says a word to such a script, on the channel of that name. */
export function tellWorker(page: Page, word: string): Promise<void> {
  return page.evaluate((name) => new BroadcastChannel(name).postMessage('now'), word);
}

/** For {@link prependToWorker}: the graphics device is lost when `tellWorker` says `lose`. */
export const LOSES_DEVICE = `const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) {
  const device = await request.apply(this, given);
  new BroadcastChannel('lose').onmessage = () => device.destroy();
  return device;
}`;
