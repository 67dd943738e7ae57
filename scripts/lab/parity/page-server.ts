import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const HTML = `<!doctype html><meta charset="utf-8"><title>voiceprint parity</title>
<script type="module" src="/parity-page.js"></script>`;

/** A server of the built package and of byte arrays handed to it, on a free local port. */
export interface PageServer {
  readonly address: string;
  /** Makes bytes available at a URL until they are taken back. */
  offer(bytes: Uint8Array): { readonly url: string; readonly withdraw: () => void };
  close(): Promise<void>;
}

/** @param folder - the built package, `dist`. */
export async function openPageServer(folder: string): Promise<PageServer> {
  const offered = new Map<string, Uint8Array>();
  let count = 0;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const bytes = offered.get(pathname) ?? (await fileBytes(folder, pathname));
    const type = pathname === '/' ? 'text/html' : TYPES[extname(pathname)];
    response.writeHead(bytes === undefined ? 404 : 200, {
      'Content-Type': type ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    address: `http://127.0.0.1:${port}/`,
    offer(bytes) {
      const url = `/offered/${count++}`;
      offered.set(url, bytes);
      return { url, withdraw: () => offered.delete(url) };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function fileBytes(folder: string, pathname: string): Promise<Uint8Array | undefined> {
  if (pathname === '/') return new TextEncoder().encode(HTML);
  const path = normalize(join(folder, decodeURIComponent(pathname)));
  if (!path.startsWith(folder + sep)) return undefined;
  return readFile(path).catch(() => undefined);
}
