import { preview } from 'vite';
import { ISOLATION_HEADERS } from '../../vite.config.js';

/** How a page is served: what may run on it and how many threads it gets. */
export const SERVED = {
  plain: {},
  isolated: ISOLATION_HEADERS,
  strict: {
    ...ISOLATION_HEADERS,
    'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
  },
  styled: {
    ...ISOLATION_HEADERS,
    'Content-Security-Policy':
      "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'",
  },
} satisfies Record<string, Record<string, string>>;

export type Served = keyof typeof SERVED;

/** A folder on an address of its own, with a trailing slash. */
export interface Server {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves the files of a folder as they are; what is not there is a 404. */
export async function serve(folder: string, served: Served): Promise<Server> {
  const server = await preview({
    configFile: false,
    root: folder,
    appType: 'mpa',
    logLevel: 'error',
    build: { outDir: '.' },
    preview: { port: 0, host: 'localhost', headers: SERVED[served] },
  });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error(`no address for ${folder}`);
  return { address, close: () => server.close() };
}
