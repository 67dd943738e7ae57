import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { ROOT, WORK } from './paths.js';

/** The package as npm would publish it. */
export interface Packed {
  /** The archive. */
  readonly file: string;
  /** The folder that it was unpacked to. */
  readonly folder: string;
}

/** Packs the package and unpacks it again. It takes seconds: only who looks at the archive needs it. */
export function pack(): Packed {
  const work = resolve(WORK, 'packed');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const options: { cwd: string; stdio: ['ignore', 'ignore', 'inherit'] } = {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  };
  execFileSync('npm', ['pack', '--silent', '--pack-destination', work], options);
  const name = readdirSync(work).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error(`no package in ${work}`);
  const file = resolve(work, name);
  execFileSync('tar', ['-xzf', file, '-C', work], options);
  return { file, folder: resolve(work, 'package') };
}
