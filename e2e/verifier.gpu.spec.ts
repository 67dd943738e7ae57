import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromiumOptions } from '../scripts/chromium/options.js';
import { ROOT } from './support/paths.js';
import { expect, openVerifier, test } from './support/test.js';

// Every new length of audio compiles its shaders anew, which takes seconds on a software GPU.
test.describe.configure({ timeout: 240_000 });

test.use({
  launchOptions: chromiumOptions({ gpu: true }),
});

test('enrolls, accepts and rejects on WebGPU', async ({ page, site }) => {
  await openVerifier(page, site, { backend: 'webgpu' });
  const result = await page.evaluate(async () => {
    // One length for all three, so that shaders are compiled once.
    const cut = async (name: string) => {
      const context = new OfflineAudioContext(1, 1, 16_000);
      const audio = await context.decodeAudioData(await (await window.clip(name)).arrayBuffer());
      return { samples: audio.getChannelData(0).slice(0, 16_000 * 3), sampleRate: 16_000 };
    };
    await window.verifier.enroll('ada', await cut('ada-1'));
    const same = await window.verifier.verify('ada', await cut('ada-2'));
    const other = await window.verifier.verify('ada', await cut('ben-2'));
    return { backend: window.verifier.backend, accepted: [same.accepted, other.accepted] };
  });
  expect(result.backend).toMatchObject({ name: 'webgpu', entry: 'jspi' });
  expect(result.accepted).toEqual([true, false]);
});

test('moves to WebAssembly when the GPU computes wrong, and says so', async ({ page, site }) => {
  // A driver that returns wrong numbers: everything read back from the GPU is halved.
  const wrong = `{
    const read = GPUBuffer.prototype.getMappedRange;
    GPUBuffer.prototype.getMappedRange = function (...range) {
      const bytes = read.apply(this, range);
      if (this.usage & GPUBufferUsage.MAP_READ) {
        const values = new Float32Array(bytes, 0, Math.floor(bytes.byteLength / 4));
        values.forEach((value, i) => { values[i] = i % 2 ? value : -value; });
      }
      return bytes;
    };
  }\n`;
  await page.context().route('**/engine.worker.js*', async (route) => {
    const worker = readFileSync(resolve(ROOT, 'dist/assets/engine.worker.js'), 'utf8');
    const response = await route.fetch();
    await route.fulfill({ response, body: wrong + worker });
  });
  await openVerifier(page, site);
  const backend = await page.evaluate(() => window.verifier.backend);
  expect(backend.name).toBe('wasm');
  expect(backend.reason).toMatch(/moved off WebGPU: .*self-check/i);
});
