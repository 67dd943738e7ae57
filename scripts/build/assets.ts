import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { ASSETS, ENGINE_WORKER } from '../../src/platform/assets.js';
import { root } from './entries.js';

/**
 * How the package carries the files that go with its code (models, WebAssembly, the worker).
 *
 * Bundlers rename such files, inline small ones as `data:` URLs (which a content security policy
 * refuses) and rebuild workers in formats that cannot import on demand. What all of them leave
 * alone is a plain asset behind a literal `new URL('./file', import.meta.url)`. So the page's code
 * has those literals, every file is copied as it is, and the worker, which is one of these files
 * and must not guess where the others went, is told their URLs by the page through its name.
 *
 * The sources know the files through one module only, `src/platform/assets.ts`; each kind of build
 * gets another in its place.
 */

/** Where the code of one build runs; it decides how the URLs of files are found. */
export type Surroundings = 'page' | 'worker' | 'node';

const ASSETS_MODULE = '/src/platform/assets.ts';

/** Files of the package, by their path inside `dist/`, with the path that they are copied from. */
export type AssetFiles = ReadonlyMap<string, string>;

/**
 * The files that `src/platform/assets.ts` names; the worker is built, not copied.
 *
 * @throws AssetMissing where one of them does not exist, which would be a 404 in production.
 */
export function assetFiles(
  assets: Readonly<Record<string, () => string>> = ASSETS,
  workerFile?: string,
): AssetFiles {
  const files = new Map<string, string>();
  for (const [name, href] of Object.entries(assets)) {
    const source =
      name === ENGINE_WORKER && workerFile !== undefined ? workerFile : fileURLToPath(href());
    if (!existsSync(source)) {
      throw new AssetMissing(
        `assets/missing: src/platform/assets.ts names "${name}", but there is no ${relative(root, source)}: correct the path there, or bring the file`,
      );
    }
    files.set(name, source);
  }
  return files;
}

/** A file that is listed and does not exist. */
export class AssetMissing extends Error {}

/** Puts the module for these surroundings in place of `src/platform/assets.ts`. */
export function swapAssets(surroundings: Surroundings, files: AssetFiles): Plugin {
  return {
    name: 'voiceprint:assets',
    // Before Vite's own handling of file URLs, which knows the address of the site, not the file's.
    enforce: 'pre',
    load(id) {
      if (!id.endsWith(ASSETS_MODULE)) return null;
      if (surroundings === 'worker') return WORKER_MODULE;
      const references = [...files].map(([fileName, source]) => {
        const reference = this.emitFile({
          type: 'asset',
          fileName,
          source: readAsset(fileName, source),
        });
        return `  ${JSON.stringify(fileName)}: () => import.meta.ROLLUP_FILE_URL_${reference},`;
      });
      return pageModule(references);
    },
    resolveFileUrl({ relativePath }) {
      // `no-inline` keeps Vite from turning small files into `data:` URLs; servers ignore it.
      const query = surroundings === 'page' ? '?no-inline' : '';
      const path = relativePath.startsWith('.') ? relativePath : `./${relativePath}`;
      return `new URL(${JSON.stringify(path + query)}, import.meta.url).href`;
    },
  };
}

const LOOK_UP = `export const ENGINE_WORKER = ${JSON.stringify(ENGINE_WORKER)};
export const assetUrl = (name) => new URL(ASSETS[name]());
`;

function pageModule(references: readonly string[]): string {
  return `const ASSETS = {
${references.join('\n')}
};
${LOOK_UP}
export function startEngineWorker() {
  const places = Object.fromEntries(Object.entries(ASSETS).map(([name, href]) => [name, href()]));
  // Looked up, not literal: bundlers would rebuild a worker that they can see.
  return new Worker(places[ENGINE_WORKER], { type: 'module', name: JSON.stringify(places) });
}
`;
}

/** In the worker, the page has told the places. */
const WORKER_MODULE = `const places = JSON.parse(self.name);
const ASSETS = Object.fromEntries(Object.entries(places).map(([name, href]) => [name, () => href]));
${LOOK_UP}
export function startEngineWorker() {
  throw new Error('The engine runs in this worker already.');
}
`;

/** What is copied: scripts of others lose the link to a source map that is not shipped. */
function readAsset(name: string, source: string): Uint8Array | string {
  const bytes = readFileSync(source);
  if (name === ENGINE_WORKER || !/\.m?js$/.test(source)) return bytes;
  return bytes.toString('utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
