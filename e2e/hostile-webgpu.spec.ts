import type { BrowserContext } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, SOFTWARE_GPU } from './support/chromium-arguments.js';
import { enroll, expect, openVerifier, test, verify } from './support/test.js';

test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({ ...launchOptions, args: [...CHROMIUM_ARGUMENTS, ...SOFTWARE_GPU] }),
});

test.describe('WebGPU that fails', () => {
  /** Puts a script before that of the engine's worker. */
  async function prepend(context: BrowserContext, script: string): Promise<void> {
    await context.route('**/engine.worker*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script};${await response.text()}` });
    });
  }

  test('at the start: WebAssembly is used, and the report says why', async ({
    page,
    context,
    site,
  }) => {
    await prepend(
      context,
      "GPUAdapter.prototype.requestDevice = async () => { throw new DOMException('driver is gone', 'OperationError'); }",
    );
    await openVerifier(page, site, { vault: 'memory' });
    const backend = await page.evaluate(() => window.verifier.backend);
    expect(backend).toMatchObject({ name: 'wasm' });
    expect(backend.reason).toContain('driver is gone');
  });

  test('while it is used: the run ends on WebAssembly, and the report says why', async ({
    page,
    context,
    site,
  }) => {
    await prepend(
      context,
      `const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...given) {
        const device = await request.apply(this, given);
        new BroadcastChannel('lose').onmessage = () => device.destroy();
        return device;
      }`,
    );
    await openVerifier(page, site, { vault: 'memory' });
    expect(await page.evaluate(() => window.verifier.backend.name)).toBe('webgpu');
    await page.evaluate(() => new BroadcastChannel('lose').postMessage('now'));
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
    const backend = await page.evaluate(() => window.verifier.backend);
    expect(backend).toMatchObject({ name: 'wasm' });
    expect(backend.reason).toMatch(/^Moved off WebGPU: .*lost/);
  });
});
