import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { measureInBrowser, type Package } from './browser-page.js';

const compress = promisify(brotliCompress);

type Kind = 'script' | 'wasm' | 'model' | 'other';

/**
 * Bytes over the wire, brotli, until a verifier is ready, by kind and backend: what the browser
 * really requested, each answer compressed as a static host would. Models are counted whole.
 */
export async function benchWire(): Promise<Record<string, number>> {
  return {
    ...prefixed('wasm', await transferred(false)),
    ...prefixed('webgpu', await transferred(true)),
  };
}

async function transferred(gpu: boolean): Promise<Record<Kind, number>> {
  return measureInBrowser(gpu, async (context, address) => {
    const sizes: Record<Kind, number> = { script: 0, wasm: 0, model: 0, other: 0 };
    const counting: Promise<void>[] = [];
    const page = await context.newPage();
    await page.goto(address);
    context.on('response', (response) => {
      counting.push(
        (async () => {
          const body = await response.body();
          const kind = kindOf(new URL(response.url()).pathname);
          sizes[kind] += kind === 'model' ? body.byteLength : await brotliBytes(body);
        })(),
      );
    });
    await page.evaluate(
      async (backend) => {
        const { createVerifier } = (await import(
          new URL('/dist/index.js', location.href).href
        )) as Package;
        const verifier = await createVerifier({ vault: 'memory', backend });
        await verifier.dispose();
      },
      gpu ? ('webgpu' as const) : ('wasm' as const),
    );
    await Promise.all(counting);
    return sizes;
  });
}

function kindOf(path: string): Kind {
  if (path.endsWith('.wasm')) return 'wasm';
  if (path.endsWith('.onnx')) return 'model';
  if (path.endsWith('.js')) return 'script';
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
