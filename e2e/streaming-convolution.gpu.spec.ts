import { expect, type Page, test } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium/options.js';
import type { Server } from './support/serve.js';
import { serveSources } from './support/serve-sources.js';

type Graphs = typeof import('../src/architectures/build-graph.js');
type RuntimeRoom = typeof import('../src/runtime/index.js');
type Tensors = typeof import('../src/tensor.js');
type Frames = import('../src/tensor.js').TensorValue;

/** A causal depthwise convolution on the GPU, once for streams and once for whole utterances. */
interface Convolution {
  readonly stream: import('../src/runtime/index.js').StreamingSession;
  readonly offline: import('../src/tensor.js').Session;
  readonly channels: number;
  dispose(): Promise<void>;
}

/** GPU buffers that are alive, and how often and how much was read back from the GPU. */
interface GpuCounts {
  buffers: number;
  readBacks: number;
  bytesReadBack: number;
}

declare global {
  interface Window {
    gpuCounts: GpuCounts;
    openConvolution(): Promise<Convolution>;
    makeFrames(from: number, to: number, channels: number): Frames;
  }
}

test.describe.configure({ timeout: 300_000 });
test.use({
  launchOptions: chromiumOptions({ gpu: true }),
});

let server: Server;
test.beforeAll(async () => {
  server = await serveSources();
});
test.afterAll(() => server.close());

/** Wraps what makes, destroys and maps GPU buffers. */
function countGpuBuffers(): void {
  const counts: GpuCounts = { buffers: 0, readBacks: 0, bytesReadBack: 0 };
  window.gpuCounts = counts;
  const create = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    counts.buffers++;
    return create.call(this, descriptor);
  };
  const destroyed = new WeakSet<GPUBuffer>();
  const destroy = GPUBuffer.prototype.destroy;
  GPUBuffer.prototype.destroy = function () {
    if (!destroyed.has(this)) counts.buffers--;
    destroyed.add(this);
    return destroy.call(this);
  };
  const map = GPUBuffer.prototype.mapAsync;
  GPUBuffer.prototype.mapAsync = function (mode, ...range) {
    counts.readBacks++;
    counts.bytesReadBack += this.size;
    return map.call(this, mode, ...range);
  };
}

/** What the tests call in the page. */
async function prepare(page: Page): Promise<void> {
  const address = `${server.address}blank.html`;
  await page.route(address, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>streaming</title>' }),
  );
  await page.addInitScript(countGpuBuffers);
  await page.goto(address);
  await page.evaluate(async () => {
    const load = (path: string) => import(new URL(path, location.href).href);
    const { buildGraph } = (await load('/src/architectures/build-graph.ts')) as Graphs;
    const { openRuntime } = (await load('/src/runtime/index.ts')) as RuntimeRoom;
    const { float32Tensor } = (await load('/src/tensor.ts')) as Tensors;
    const [size, kernelSize] = [4, 5];
    const channels = 2 * size;
    window.makeFrames = (from, to, width) => ({
      type: 'float32',
      dims: [1, to - from, width],
      data: Float32Array.from({ length: (to - from) * width }, (_, i) =>
        Math.sin((from * width + i) ** 1.5),
      ),
    });
    window.openConvolution = async () => {
      const values = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.cos(i));
      const weights = {
        'conv.weight': float32Tensor(values(channels * kernelSize), [channels, 1, kernelSize]),
        'conv.bias': float32Tensor(values(channels), [channels]),
      };
      const config = { size, kernel_size: kernelSize, causal: true };
      const build = (options: Parameters<Graphs['buildGraph']>[3]) =>
        buildGraph('DepthwiseConvolution', config, weights, options);
      const runtime = await openRuntime({ backend: 'webgpu' });
      const streamed = build({ inputs: ['x', 'cache'], outputs: ['y', 'cache_out'] });
      const dims = [1, channels, kernelSize - 1];
      return {
        stream: await runtime.openStreamingSession(streamed, {
          states: { cache: { output: 'cache_out', dims } },
        }),
        offline: await runtime.openSession(build({})),
        channels,
        dispose: () => runtime.dispose(),
      };
    };
  });
}

test('a stream on WebGPU equals the whole, however it is cut', async ({ page }) => {
  await prepare(page);
  const worst = await page.evaluate(async () => {
    const { stream, offline, channels, dispose } = await window.openConvolution();
    const total = 24;
    const { y: whole } = await offline.run({ x: window.makeFrames(0, total, channels) });
    let error = 0;
    // Few lengths: every new one compiles shaders, which takes seconds on a software GPU.
    for (const cutting of [
      [5, 1, 2, 5, 1, 1, 2, 5, 2],
      [1, 2, 5, 5, 5, 2, 1, 1, 2],
    ]) {
      await stream.reset();
      let at = 0;
      for (const length of cutting) {
        const { y } = await stream.run({ x: window.makeFrames(at, at + length, channels) });
        for (const [i, value] of (y?.data ?? []).entries()) {
          error = Math.max(error, Math.abs(Number(value) - Number(whole?.data[at * channels + i])));
        }
        at += length;
      }
      if (at !== total) throw new Error(`${at} frames`);
    }
    await dispose();
    return error;
  });
  console.log(`largest difference between stream and whole on WebGPU: ${worst}`);
  expect(worst).toBeLessThan(1e-6);
});

test('10,000 chunks on WebGPU keep the number of buffers, and read back no state', async ({
  page,
}) => {
  await prepare(page);
  const { early, late, ratio, read } = await page.evaluate(async () => {
    const { stream, channels, dispose } = await window.openConvolution();
    const counts = window.gpuCounts;
    const length = 4;
    const times: number[] = [];
    const run = async (chunks: number) => {
      for (let i = 0; i < chunks; i++) {
        const start = performance.now();
        await stream.run({ x: window.makeFrames(i * length, (i + 1) * length, channels) });
        times.push(performance.now() - start);
      }
      return counts.buffers;
    };
    const atEarly = await run(1_000);
    const before = { ...counts };
    const atLate = await run(9_000);
    const median = (part: number[]) => part.sort((a, b) => a - b)[part.length >> 1] ?? Number.NaN;
    const result = {
      early: atEarly,
      late: atLate,
      ratio: median(times.slice(-1_000)) / median(times.slice(0, 1_000)),
      read: {
        perChunk: (counts.readBacks - before.readBacks) / 9_000,
        bytesPerChunk: (counts.bytesReadBack - before.bytesReadBack) / 9_000,
        bytesOfOutput: length * channels * 4,
      },
    };
    await dispose();
    return result;
  });
  console.log(
    `GPU buffers after 1,000 chunks: ${early}, after 10,000: ${late}; median time of the last ` +
      `thousand over the first: ${ratio.toFixed(2)}; read-backs per chunk: ${read.perChunk}`,
  );
  expect(late).toBe(early);
  expect(read.perChunk).toBe(1);
  expect(read.bytesPerChunk).toBeLessThanOrEqual(read.bytesOfOutput);
});
