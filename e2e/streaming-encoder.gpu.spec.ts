import { expect, type Page, test } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium/options.js';
import {
  causalTdnnTensors,
  TINY_CAUSAL,
} from '../src/architectures/causal-tdnn/causal-tdnn.fixture.js';
import { convertCheckpoint } from '../src/convert/convert.js';
import type { ModelFolder } from '../src/convert/types.js';
import { safetensorsOf } from '../src/models/tiny-ecapa.fixture.js';
import { runGraphOnce } from '../src/runtime/run-graph-once.js';
import type { Server } from './support/serve.js';
import { serveSources } from './support/serve-sources.js';

type Opened = import('../src/engine/encoder/open-encoder.js').GraphEncoder;
type Open = typeof import('../src/engine/encoder/open-encoder.js');
type StreamOptions = import('../src/engine/encoder/types.js').EncoderStreamOptions;

/** A small causal encoder on one backend. */
interface TinyEncoder {
  readonly backend: string;
  /** The embedding of all samples as one utterance. */
  whole(samples: Float32Array): Promise<Float32Array>;
  /** Embeddings after all samples, pushed in pieces of 1 to 5,000. */
  streamed(
    samples: Float32Array,
    options: StreamOptions,
    seed: number,
  ): Promise<{ heard: Float32Array; recent: Float32Array }>;
  dispose(): Promise<void>;
}

declare global {
  interface Window {
    openTiny(backend: 'webgpu' | 'wasm'): Promise<TinyEncoder>;
    /** Speech of so many frames, all of which are whole. */
    speechOf(frames: number, seed: number): Float32Array;
    /** Largest difference, relative to the largest reference value. */
    worst(values: Float32Array, reference: Float32Array): number;
  }
}

test.describe.configure({ timeout: 600_000 });
test.use({
  launchOptions: chromiumOptions({ gpu: true }),
});

let server: Server;
let model: ModelFolder;
test.beforeAll(async () => {
  server = await serveSources();
  const config = { ...TINY_CAUSAL, input_size: 80, channels: 16 };
  const prior = Array.from({ length: 80 }, (_, band) => -6 + band / 40);
  const running_mean = { prior, frames: 50 };
  model = await convertCheckpoint(safetensorsOf(causalTdnnTensors(config)), {
    name: 'tiny-stream',
    runGraph: runGraphOnce,
    frontEnd: {
      recipe: 'espnet',
      parameters: { center: false, normalize: 'running-mean', running_mean },
    },
  });
});
test.afterAll(() => server.close());

/** What the tests call in the page. */
async function prepare(page: Page): Promise<void> {
  const address = `${server.address}blank.html`;
  await page.route(address, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>streaming</title>' }),
  );
  await page.goto(address);
  const given = {
    // From 16 frames on, 128 are a length that an encoder cuts nothing from on WebGPU.
    manifest: { ...model.manifest, input: { ...model.manifest.input, minimumFrames: 16 } },
    bytes: Array.from(model.files.get('model.onnx') ?? []),
  };
  await page.evaluate(async ({ manifest, bytes }) => {
    const load = (path: string) => import(new URL(path, location.href).href);
    const { openEncoder } = (await load('/src/engine/encoder/open-encoder.ts')) as Open;
    const streamed = async (
      encoder: Opened,
      samples: Float32Array,
      options: StreamOptions,
      seed: number,
    ) => {
      const stream = await encoder.openStream(options);
      let last: Awaited<ReturnType<typeof stream.push>>;
      let state = seed;
      for (let at = 0; at < samples.length; ) {
        state = (state * 48_271) % 2_147_483_647;
        const end = Math.min(samples.length, at + 1 + (state % 5000));
        last = (await stream.push(samples.subarray(at, end))) ?? last;
        at = end;
      }
      await stream[Symbol.asyncDispose]();
      if (last === undefined) throw new Error('no chunk became whole');
      return last;
    };
    window.openTiny = async (backend) => {
      const encoder = await openEncoder(Uint8Array.from(bytes), manifest, { backend });
      return {
        backend: encoder.backend.name,
        whole: async (samples) => (await encoder.encode(samples)).values,
        streamed: (samples, options, seed) => streamed(encoder, samples, options, seed),
        dispose: async () => encoder[Symbol.asyncDispose](),
      };
    };
    window.speechOf = (frames, seed) =>
      Float32Array.from({ length: (frames - 1) * 160 + 512 }, (_, i) => {
        const loud = 0.05 + 0.3 * Math.max(0, Math.sin(i / (3000 + 100 * seed)));
        return loud * Math.sin(i * (0.05 + 0.03 * Math.sin(i / (4000 + 300 * seed))));
      });
    window.worst = (values, reference) => {
      const largest = Math.max(...reference.map(Math.abs));
      return Math.max(...reference.map((v, i) => Math.abs(v - (values[i] ?? NaN)))) / largest;
    };
  }, given);
}

test('a stream on WebGPU hears what the whole utterance gives, on both backends', async ({
  page,
}) => {
  await prepare(page);
  const errors = await page.evaluate(async () => {
    const gpu = await window.openTiny('webgpu');
    const samples = window.speechOf(128, 1);
    const whole = await gpu.whole(samples);
    const worst: Record<string, number> = {};
    // One size of chunks: every other compiles shaders, which takes seconds on a software GPU.
    for (const seed of [1, 2, 3]) {
      const { heard } = await gpu.streamed(samples, { chunkFrames: 16 }, seed);
      worst[`heard, cut ${seed}`] = window.worst(heard, whole);
    }
    const wasm = await window.openTiny('wasm');
    worst['whole on WebGPU against WebAssembly'] = window.worst(whole, await wasm.whole(samples));
    const options = { chunkFrames: 16, windowSeconds: 0.64 };
    const [{ recent }, onWasm] = [
      await gpu.streamed(samples, options, 4),
      await wasm.streamed(samples, options, 5),
    ];
    worst['recent on WebGPU against WebAssembly'] = window.worst(recent, onWasm.recent);
    const backends = [gpu.backend, wasm.backend];
    await Promise.all([gpu.dispose(), wasm.dispose()]);
    return { worst, backends };
  });
  console.log(errors.worst);
  expect(errors.backends).toEqual(['webgpu', 'wasm']);
  for (const error of Object.values(errors.worst)) expect(error).toBeLessThan(1e-5);
});

test('the last seconds on WebGPU are the same in short and in long chunks', async ({ page }) => {
  await prepare(page);
  const { same, other } = await page.evaluate(async () => {
    const gpu = await window.openTiny('webgpu');
    const samples = window.speechOf(96, 2);
    const fine = await gpu.streamed(samples, { chunkFrames: 8, windowSeconds: 0.32 }, 1);
    const coarse = await gpu.streamed(samples, { chunkFrames: 32, windowSeconds: 0.32 }, 2);
    await gpu.dispose();
    return {
      same: window.worst(fine.recent, coarse.recent),
      other: window.worst(fine.recent, fine.heard),
    };
  });
  console.log(`largest difference between short and long chunks on WebGPU: ${same}`);
  expect(same).toBeLessThan(1e-5);
  expect(other).toBeGreaterThan(1e-3);
});
