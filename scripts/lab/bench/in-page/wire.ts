import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { measureInBrowser } from './browser-page.js';

const compress = promisify(brotliCompress);

type Kind = 'script' | 'wasm' | 'model' | 'other';

/**
 * Kilobytes over the wire, brotli, until a verifier is ready, by kind and backend: what the browser
 * really requested, each answer compressed as a static host would.
 */
export async function benchWire(): Promise<Record<string, number>> {
  return {
    ...prefixed('wasm', await transferred('wasm')),
    ...prefixed('webgpu', await transferred('webgpu')),
  };
}

async function transferred(backend: 'wasm' | 'webgpu'): Promise<Record<Kind, number>> {
  return measureInBrowser(backend === 'webgpu', async (call, context) => {
    const requested = new Set<string>();
    context.on('request', (request) => requested.add(request.url()));
    await call('load', backend);
    const sizes: Record<Kind, number> = { script: 0, wasm: 0, model: 0, other: 0 };
    for (const url of requested) {
      if (!url.startsWith('http') || url.includes('/scripts/lab/bench/')) continue;
      // Fetched again: the browser does not keep bodies of this size for its inspector.
      const body = Buffer.from(await (await fetch(url)).arrayBuffer());
      sizes[kindOf(new URL(url).pathname)] += await brotliBytes(body);
    }
    return sizes;
  });
}

function kindOf(path: string): Kind {
  if (path.endsWith('.wasm')) return 'wasm';
  if (path.endsWith('.onnx')) return 'model';
  if (/\.m?js$/.test(path)) return 'script';
  return 'other';
}

async function brotliBytes(body: Buffer): Promise<number> {
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  return (await compress(body, { params: quality })).byteLength;
}

function prefixed(backend: string, sizes: Record<Kind, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sizes).map(([kind, bytes]) => [
      `${backend}BrotliKilobytes.${kind}`,
      bytes / 1e3,
    ]),
  );
}
