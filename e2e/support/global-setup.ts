import { cpSync, existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEMO, ROOT, SITE } from './paths.js';

/** Lays out a static site with the built package, as somebody would who unpacked it. */
export default function globalSetup(): void {
  if (!existsSync(resolve(ROOT, 'dist/index.js')) || !existsSync(DEMO)) {
    throw new Error('Nothing to test: run `npm run build` first.');
  }
  rmSync(SITE, { recursive: true, force: true });
  const lay = (from: string, to: string) =>
    cpSync(resolve(ROOT, from), resolve(SITE, to), { recursive: true });
  lay('e2e/site', '.');
  lay('dist', 'package/dist');
  lay('package.json', 'package/package.json');
  lay('demo/voices', 'voices');
  lay('e2e/fixtures', 'voices');
}
