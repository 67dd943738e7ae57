import { chromium } from 'playwright';
import { serveSources } from '../../../e2e/support/serve-sources.js';
import { openModel } from '../../../src/models/download.js';
import { chromiumOptions } from '../../chromium/options.js';

type Encoders = typeof import('../../../src/engine/encoder/open-encoder.js');
type Figures = typeof import('./figures.js');

const STREAMING_MODEL = 'streaming';
/** Steps that are timed in the page; the first compile the shaders. */
const STEPS = 40;
const WARM_UP = 5;

/**
 * A step of a live stream of 160 ms and of 640 ms on the page's WebGPU over the same on its
 * WebAssembly (where there is no GPU, SwiftShader computes on the CPU, and the ratio says nothing
 * about a real one).
 */
export async function benchStreamInPage(): Promise<Record<string, number>> {
  const server = await serveSources();
  const browser = await chromium.launch(chromiumOptions({ gpu: true }));
  try {
    const page = await browser.newPage();
    const address = `${server.address}blank.html`;
    await page.route(address, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }),
    );
    await page.goto(address);
    const { manifest, files } = await openModel(STREAMING_MODEL);
    return await page.evaluate(
      async ({ steps, warmUp, manifest, bytes }) => {
        const load = (path: string) => import(new URL(path, location.href).href);
        const { openEncoder } = (await load('/src/engine/encoder/open-encoder.ts')) as Encoders;
        const { median, noise } = (await load('/scripts/lab/bench/figures.ts')) as Figures;
        const open = (backend: 'webgpu' | 'wasm') =>
          openEncoder(Uint8Array.from(bytes), manifest, { backend, threads: 1 });
        const [gpu, cpu] = [await open('webgpu'), await open('wasm')];
        const figures: Record<string, number> = {};
        for (const chunkFrames of [16, 64]) {
          const streams = [
            await gpu.openStream({ chunkFrames }),
            await cpu.openStream({ chunkFrames }),
          ];
          const piece = noise(chunkFrames * 160);
          const times: [number[], number[]] = [[], []];
          for (let step = -warmUp; step < steps; step++) {
            for (const [which, stream] of streams.entries()) {
              const started = performance.now();
              await stream.push(piece);
              if (step >= 0) times[which]?.push(performance.now() - started);
            }
          }
          const [onGpu, onCpu] = times.map(median);
          const audio = chunkFrames * 10;
          figures[`webgpuOverWasm${audio}ms`] = (onGpu ?? Number.NaN) / (onCpu ?? Number.NaN);
          figures[`realtimeWebgpu${audio}ms`] = audio / (onGpu ?? Number.NaN);
          figures[`realtimePage${audio}ms`] = audio / (onCpu ?? Number.NaN);
        }
        for (const encoder of [gpu, cpu]) await encoder[Symbol.asyncDispose]();
        return figures;
      },
      { steps: STEPS, warmUp: WARM_UP, manifest, bytes: Array.from(files.model) },
    );
  } finally {
    await browser.close();
    await server.close();
  }
}
