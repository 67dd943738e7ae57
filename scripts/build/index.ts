import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'vite';
import { AssetMissing } from './assets.js';
import { root } from './entries.js';
import { buildLibrary } from './library.js';
import { LicenceMissing, writeDemoLicences } from './licences.js';
import { buildTypes } from './types.js';

/** `npm run build [-- library|types|demo ...]`: all three parts, or the ones that are named. */
const PARTS: Record<string, () => Promise<void>> = {
  async library() {
    const dist = resolve(root, 'dist');
    rmSync(dist, { recursive: true, force: true });
    await buildLibrary(dist);
  },
  types: () => buildTypes(resolve(root, 'dist')),
  async demo() {
    if (!existsSync(resolve(root, 'demo/index.html'))) return;
    await build({ configFile: resolve(root, 'vite.config.ts'), logLevel: 'warn' });
    writeDemoLicences(resolve(root, 'dist-demo'), resolve(root, 'dist'));
  },
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const part = PARTS[name];
  if (part === undefined) {
    console.error(`No part "${name}"; there are ${Object.keys(PARTS).join(', ')}.`);
    process.exit(2);
  }
  const start = performance.now();
  await part().catch((error: unknown) => {
    if (!(error instanceof AssetMissing || error instanceof LicenceMissing)) throw error;
    console.error(error.message);
    process.exit(1);
  });
  console.log(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
if (wanted.length === 0) {
  // scripts/setup.mjs compares the age of this file with the sources.
  mkdirSync(resolve(root, '.cache'), { recursive: true });
  writeFileSync(resolve(root, '.cache/built'), '');
}
