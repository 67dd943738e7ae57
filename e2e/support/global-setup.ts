import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEMO, ROOT, SITE, WORK } from './paths.js';

/** Where `npm pack` leaves the package. */
export function packedFile(): string {
  const name = readdirSync(WORK).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error(`no package in ${WORK}`);
  return resolve(WORK, name);
}

/** Packs the package as npm would publish it and unpacks it into a static site. */
export default function globalSetup(): void {
  if (!existsSync(resolve(ROOT, 'dist/index.js')) || !existsSync(DEMO)) {
    throw new Error('Nothing to test: run `npm run build` first.');
  }
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(SITE, { recursive: true });
  const quiet = {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'],
  };
  execFileSync('npm', ['pack', '--silent', '--pack-destination', WORK], quiet);
  execFileSync('tar', ['-xzf', packedFile(), '-C', SITE], quiet);
  cpSync(resolve(ROOT, 'e2e/site'), SITE, { recursive: true });
  cpSync(resolve(ROOT, 'demo/voices'), resolve(SITE, 'voices'), { recursive: true });
  cpSync(resolve(ROOT, 'e2e/fixtures'), resolve(SITE, 'voices'), { recursive: true });
}
