import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageEntries, root } from '../../build/entries.js';
import { judgePackage } from './judge-package.js';
import { PROJECT, typedUse } from './typed-use.js';

/**
 * `npm run test:install`: packs the package as npm would publish it, installs it into an empty
 * folder outside of the checkout, and uses it as somebody would who has nothing else.
 */
const folder = mkdtempSync(join(tmpdir(), 'voiceprint-install-'));
const entries = packageEntries();
let failed = 0;

function step(name: string, work: () => readonly string[]): void {
  const start = performance.now();
  const problems = work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  for (const problem of problems) console.log(`       ${problem}`);
  failed += problems.length;
}

function install(): readonly string[] {
  const quiet = { cwd: root, encoding: 'utf8' as const };
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], quiet);
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const args = ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed)];
  execFileSync('npm', args, { ...quiet, cwd: folder, stdio: 'pipe' });
  const others = readdirSync(join(folder, 'node_modules')).filter(
    (name) => !name.startsWith('.') && name !== 'voiceprint-web',
  );
  return others.map((name) => `${name} was installed as well: the package carries what it needs`);
}

/** Declarations are on trial, so nothing of this repository's is there to help them. */
function compile(moduleResolution: 'bundler' | 'nodenext'): readonly string[] {
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const { name, subpath } of entries) {
    writeFileSync(join(folder, 'src', `${name}.ts`), typedUse(name, subpath));
  }
  const compilerOptions = {
    ...PROJECT,
    module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
    moduleResolution,
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['src'] }),
  );
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc], { cwd: folder, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.trim() !== '');
}

/** Imports an entry in Node, where there is no DOM; the process must end by itself. */
function importInNode(subpath: string): readonly string[] {
  const code = `const found = await import(${JSON.stringify(subpath)});
if (Object.keys(found).length === 0) throw new Error('it exports nothing');
for (const name of ['document', 'window', 'HTMLElement']) {
  if (name in globalThis) throw new Error('it made a global ' + name);
}`;
  const { status, stderr, error } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { cwd: folder, encoding: 'utf8', timeout: 20_000 },
  );
  if (status === 0 && stderr === '') return [];
  const line = stderr.split('\n').find((text) => /Error|Warning/.test(text));
  return [`${subpath} in Node: ${line ?? error?.message ?? `exit ${status}`}`];
}

if (!existsSync(resolve(root, 'dist/index.d.ts'))) {
  console.error('Nothing to install: run `npm run build` first.');
  process.exit(1);
}
try {
  step('npm install of the packed package in an empty folder', install);
  step('what the package holds', () => judgePackage(join(folder, 'node_modules/voiceprint-web')));
  step('types, moduleResolution bundler, skipLibCheck false', () => compile('bundler'));
  step('types, moduleResolution nodenext, skipLibCheck false', () => compile('nodenext'));
  step('every entry in Node', () => entries.flatMap(({ subpath }) => importInNode(subpath)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
