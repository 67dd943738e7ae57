import { createServer, type Plugin } from 'vite';
import { ISOLATION_HEADERS } from '../../vite.config.js';
import { ROOT } from './paths.js';
import type { Server } from './serve.js';

/**
 * Serves the sources, so that a page can import what the package does not export.
 *
 * @param plugins - What answers before the sources do.
 */
export async function serveSources(...plugins: readonly Plugin[]): Promise<Server> {
  const server = await createServer({
    configFile: false,
    root: ROOT,
    appType: 'custom',
    plugins: [...plugins],
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { port: 0, host: 'localhost', headers: ISOLATION_HEADERS, hmr: false, watch: null },
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('the sources have no address');
  return { address, close: () => server.close() };
}
