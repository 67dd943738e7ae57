import { chromiumOptions } from '../scripts/chromium/options.js';
import { LOSES_DEVICE, prependToWorker, tellWorker } from './support/engine-worker.js';
import { enroll, expect, openVerifier, test, verify } from './support/test.js';

test.use({
  launchOptions: chromiumOptions({ gpu: true }),
});

test.describe('WebGPU that fails', () => {
  test('at the start: WebAssembly is used, and the report says why', async ({ page, site }) => {
    await prependToWorker(
      page,
      "GPUAdapter.prototype.requestDevice = async () => { throw new DOMException('driver is gone', 'OperationError'); }",
    );
    await openVerifier(page, site, { vault: 'memory' });
    const backend = await page.evaluate(() => window.verifier.backend);
    expect(backend).toMatchObject({ name: 'wasm' });
    expect(backend.reason).toContain('driver is gone');
  });

  test('while it is used: the run ends on WebAssembly, and the report says why', async ({
    page,
    site,
  }) => {
    await prependToWorker(page, LOSES_DEVICE);
    await openVerifier(page, site, { vault: 'memory' });
    expect(await page.evaluate(() => window.verifier.backend.name)).toBe('webgpu');
    await tellWorker(page, 'lose');
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    expect(await verify(page, 'ada', 'ada-3')).toMatchObject({ accepted: true });
    const backend = await page.evaluate(() => window.verifier.backend);
    expect(backend).toMatchObject({ name: 'wasm' });
    expect(backend.reason).toMatch(/^Moved off WebGPU: .*lost/);
  });

  test('with three calls under way: each of them ends, and so does the next', async ({
    page,
    site,
  }) => {
    await prependToWorker(page, LOSES_DEVICE);
    await openVerifier(page, site, { vault: 'memory' });
    await enroll(page, 'ada', ['ada-1']);
    const outcomes = await page.evaluate(async () => {
      const clip = await window.clip('ada-3');
      const calls = [1, 2, 3].map(() => window.verifier.verify('ada', clip));
      new BroadcastChannel('lose').postMessage('now');
      const settled = await Promise.allSettled([...calls, window.verifier.verify('ada', clip)]);
      return settled.map((call) => (call.status === 'fulfilled' ? call.value.accepted : 'failed'));
    });
    expect(outcomes).toEqual([true, true, true, true]);
    expect(await verify(page, 'ada', 'ada-2')).toMatchObject({ accepted: true });
    expect(await page.evaluate(() => window.verifier.backend.name)).toBe('wasm');
  });
});
