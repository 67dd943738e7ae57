import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { createServer } from 'vite';
import { packageEntries } from '../scripts/build/entries.js';
import { PROJECT, typedUse } from '../scripts/check/install/typed-use.js';
import { type Packed, pack } from './support/pack.js';
import { ROOT, WORK } from './support/paths.js';
import { serve } from './support/serve.js';
import { expect, test } from './support/test.js';

const APP = resolve(WORK, 'app');

/** All that somebody writes who starts from nothing. */
const MAIN = `import { createVerifier } from 'voiceprint-web';
import type { Verification } from 'voiceprint-web';

async function decide(): Promise<Verification[]> {
  const clip = async (name: string) => (await fetch('/voices/' + name + '.flac')).blob();
  const verifier = await createVerifier({ vault: 'memory' });
  await verifier.enroll('ada', [await clip('ada-1'), await clip('ada-2')]);
  const same = await verifier.verify('ada', await clip('ada-3'));
  const other = await verifier.verify('ada', await clip('ben-3'));
  await verifier.dispose();
  return [same, other];
}

decide().then(
  ([same, other]) => { document.title = [same?.accepted, other?.accepted].join(' '); },
  (error: unknown) => { document.title = String(error); },
);
`;

function inApp(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: APP, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const tool = (path: string) => resolve(ROOT, 'node_modules', path);

async function expectDecisions(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page).not.toHaveTitle('', { timeout: 60_000 });
  await expect(page).toHaveTitle('true false');
}

let packed: Packed;
test.beforeAll(() => {
  packed = pack();
});

test.describe('the packed package in an empty Vite project', () => {
  test.describe.configure({ mode: 'serial' });

  test('installs nothing else', () => {
    rmSync(APP, { recursive: true, force: true });
    mkdirSync(resolve(APP, 'src'), { recursive: true });
    writeFileSync(resolve(APP, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(resolve(APP, 'src/main.ts'), MAIN);
    writeFileSync(
      resolve(APP, 'index.html'),
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/src/main.ts"></script>',
    );
    cpSync(resolve(ROOT, 'demo/voices'), resolve(APP, 'public/voices'), { recursive: true });
    inApp('npm', ['install', '--offline', '--no-audit', '--no-fund', packed.file]);
    const installed = readdirSync(resolve(APP, 'node_modules')).filter(
      (name) => !name.startsWith('.'),
    );
    expect(installed).toEqual(['voiceprint-web']);
  });

  test('has types that stand by themselves', () => {
    for (const { name, subpath } of packageEntries()) {
      writeFileSync(resolve(APP, 'src', `use-${name}.ts`), typedUse(name, subpath));
    }
    // Only the package's own declarations are on trial, so nothing of this repository's is there.
    const compilerOptions = { ...PROJECT, module: 'esnext', moduleResolution: 'bundler' };
    writeFileSync(
      resolve(APP, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['src'] }),
    );
    expect(inApp(process.execPath, [tool('typescript/bin/tsc')])).toBe('');
  });

  test('is imported by every subpath where there is no DOM', () => {
    for (const { subpath } of packageEntries()) {
      const code = `if (Object.keys(await import('${subpath}')).length === 0) process.exit(1)`;
      expect(inApp(process.execPath, ['--input-type=module', '--eval', code]), subpath).toBe('');
    }
  });

  test('verifies in a production build with default settings', async ({ page }) => {
    inApp(process.execPath, [tool('vite/bin/vite.js'), 'build', '--logLevel', 'error']);
    const assets = readdirSync(resolve(APP, 'dist/assets'));
    expect(assets.filter((name) => name.startsWith('ort-wasm'))).toHaveLength(3);
    const server = await serve(resolve(APP, 'dist'), 'isolated');
    try {
      await expectDecisions(page, server.address);
    } finally {
      await server.close();
    }
  });

  test('verifies in the development server with default settings', async ({ page }) => {
    const server = await createServer({
      configFile: false,
      root: APP,
      logLevel: 'error',
      server: { port: 0, host: 'localhost' },
    });
    await server.listen();
    try {
      await expectDecisions(page, server.resolvedUrls?.local[0] ?? '');
    } finally {
      await server.close();
    }
  });
});

test.describe('the packed package itself', () => {
  const dist = () => resolve(packed.folder, 'dist');
  const files = () => readdirSync(dist(), { recursive: true, encoding: 'utf8' });

  test('holds each WebAssembly build once', () => {
    const wasm = files().filter((name) => name.endsWith('.wasm'));
    const hashes = wasm.map((name) =>
      createHash('sha256')
        .update(readFileSync(resolve(dist(), name)))
        .digest('hex'),
    );
    expect(new Set(hashes).size).toBe(wasm.length);
    expect(wasm.filter((name) => name.includes('ort-wasm'))).toHaveLength(3);
  });

  test('imports nothing from outside', () => {
    const scripts = files().filter((name) => /^(?!node\/|cli\.js|types\/).*\.js$/.test(name));
    expect(scripts).toContain('index.js');
    for (const name of scripts) {
      const code = readFileSync(resolve(dist(), name), 'utf8');
      const bare = code.match(/^\s*import\s[^;]*from\s*["'][^."'/][^"']*["']/gm) ?? [];
      expect(bare, name).toEqual([]);
      expect(code, name).not.toContain('__VOICEPRINT_');
      expect(code, name).not.toMatch(/new Worker\(\s*new URL\(/);
    }
  });
});
