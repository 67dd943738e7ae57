import type { Plugin } from 'vite';
import { serveSources } from '../../../e2e/support/serve-sources.js';

const HTML = `<!doctype html><meta charset="utf-8"><title>voiceprint parity</title>
<script type="module" src="/scripts/lab/parity/page.ts"></script>`;

/** A server of the sources and of byte arrays handed to it, on a free local port. */
export interface PageServer {
  readonly address: string;
  /** Makes bytes available at a URL until they are taken back. */
  offer(bytes: Uint8Array): { readonly url: string; readonly withdraw: () => void };
  close(): Promise<void>;
}

/** Serves the page in which graphs run, from its sources. */
export async function openPageServer(): Promise<PageServer> {
  const offered = new Map<string, Uint8Array>([['/', new TextEncoder().encode(HTML)]]);
  let count = 0;
  const answers: Plugin = {
    name: 'voiceprint:offered-bytes',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = request.url ?? '/';
        const bytes = offered.get(path);
        if (bytes === undefined) return next();
        const type = path === '/' ? 'text/html' : 'application/octet-stream';
        response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
        response.end(bytes);
      });
    },
  };
  const server = await serveSources(answers);
  return {
    address: server.address,
    offer(bytes) {
      const url = `/offered/${count++}`;
      offered.set(url, bytes);
      return { url, withdraw: () => offered.delete(url) };
    },
    close: () => server.close(),
  };
}
