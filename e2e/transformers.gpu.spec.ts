import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build } from 'vite';
import { chromiumOptions } from '../scripts/chromium/options.js';
import {
  headlessFolder,
  withoutGpuFolder,
  xVectorFolder,
} from '../src/transformers/model-folder.fixture.js';
import type { transformersEncoder } from '../src/transformers/transformers-encoder.js';
import { ROOT, SITE, WORK } from './support/paths.js';
import { type Server, serve } from './support/serve.js';
import { enroll, expect, test, watchRequests } from './support/test.js';

declare global {
  interface Window {
    transformersEncoder: typeof transformersEncoder;
    startSpeakerWorker(): Worker;
  }
}

const FOLDER = resolve(WORK, 'transformers');
let server: Server;

test.use({
  launchOptions: chromiumOptions({ gpu: true }),
});

test.beforeAll(async () => {
  const packed = resolve(SITE, 'package/dist');
  await build({
    configFile: false,
    root: resolve(ROOT, 'e2e/transformers'),
    base: './',
    logLevel: 'error',
    resolve: {
      alias: [
        { find: /^voiceprint-web$/, replacement: resolve(packed, 'index.js') },
        { find: /^voiceprint-web\/transformers$/, replacement: resolve(packed, 'transformers.js') },
      ],
    },
    worker: { format: 'es' },
    build: { outDir: FOLDER, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  });
  const folders = {
    tiny: xVectorFolder(),
    headless: headlessFolder(),
    'without-gpu': withoutGpuFolder(),
  };
  for (const [name, files] of Object.entries(folders)) {
    for (const [path, content] of Object.entries(files)) {
      const target = resolve(FOLDER, 'speakers', name, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    }
  }
  cpSync(resolve(ROOT, 'demo/voices'), resolve(FOLDER, 'voices'), { recursive: true });
  server = await serve(FOLDER, 'strict');
});

test.afterAll(() => server.close());

test.beforeEach(async ({ page }) => {
  await page.goto(server.address);
  await page.waitForFunction(() => window.ready === true);
});

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`tells voices apart with a model of transformers.js on ${backend}`, async ({ page }) => {
    const addresses = watchRequests(page);
    await page.evaluate(async (given) => {
      window.verifier = await window.voiceprint.createVerifier({
        encoder: window.transformersEncoder('./speakers/tiny'),
        backend: given,
        vault: 'memory',
      });
    }, backend);
    await enroll(page, 'ada', ['ada-1', 'ada-2']);
    const result = await page.evaluate(async () => {
      const score = async (name: string) =>
        (await window.verifier.verify('ada', await window.clip(name), { threshold: 0 })).score;
      const scores = { same: await score('ada-3'), other: await score('ben-3') };
      const { backend, model } = window.verifier;
      await window.verifier.dispose();
      return { ...scores, backend, model };
    });
    expect(result.same).toBeGreaterThan(result.other);
    expect(result.backend).toMatchObject({ name: backend, entry: 'webgpu' });
    expect(result.model).toMatchObject({ name: 'tiny', architecture: 'wavlm', embeddingSize: 24 });
    expect(addresses.filter((address) => !address.startsWith(server.address))).toEqual([]);
    console.log(`${backend}: same ${result.same}, other ${result.other}; ${result.backend.reason}`);
  });
}

test('runs the model in a worker of the page, which ends with it', async ({ page }) => {
  const closed = new Promise<void>((resolve) => {
    page.on('worker', (worker) => worker.on('close', () => resolve()));
  });
  const result = await page.evaluate(async () => {
    const options = { worker: () => window.startSpeakerWorker() };
    const stages = new Set<string>();
    const open = (model: string) =>
      window.transformersEncoder(
        model,
        options,
      )({ backend: 'wasm', onProgress: ({ stage }) => stages.add(stage) });
    const inWorker = await open('./speakers/tiny');
    const inPage = await window.transformersEncoder('./speakers/tiny')({ backend: 'wasm' });
    const speech = Float32Array.from({ length: 32_000 }, (_, i) => Math.sin(i * i * 1e-6) / 4);
    const [a, b] = [await inWorker.encode(speech), await inPage.encode(speech)];
    await inWorker[Symbol.asyncDispose]();
    const refused = await open('./speakers/headless').catch(
      (error: { code: string }) => error.code,
    );
    return {
      same: a.values.every((value, i) => value === b.values[i]),
      length: speech.length,
      identity: inWorker.model.sha256 === inPage.model.sha256,
      stages: [...stages],
      refused,
    };
  });
  expect(result).toEqual({
    same: true,
    length: 32_000,
    identity: true,
    stages: ['manifest', 'backend', 'model'],
    refused: 'model/unsupported',
  });
  await closed;
});

test('moves to WebAssembly when the GPU does not run the model, and goes on', async ({ page }) => {
  const backend = await page.evaluate(async () => {
    const open = (name: string, given: 'auto' | 'wasm') =>
      window.transformersEncoder(`./speakers/${name}`)({ backend: given });
    const encoder = await open('without-gpu', 'auto');
    await encoder.encode(new Float32Array(32_000).fill(0.1));
    const other = await open('tiny', 'wasm');
    await other.encode(new Float32Array(32_000).fill(0.1));
    return encoder.backend;
  });
  expect(backend.name).toBe('wasm');
  expect(backend.reason).toMatch(/^Moved off WebGPU: without-gpu did not run on webgpu/);
});

test('refuses a model without a speaker head, and one that is not there', async ({ page }) => {
  const codes = await page.evaluate(async () => {
    const code = async (model: string) =>
      window.voiceprint
        .createVerifier({ encoder: window.transformersEncoder(model), backend: 'wasm' })
        .catch((error: { code: string }) => error.code);
    return [await code('./speakers/nobody'), await code('./speakers/headless')];
  });
  expect(codes).toEqual(['model/unavailable', 'model/unsupported']);
});
