import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageEntries } from '../../build/entries.js';
import { importsOf, judgePackage } from './judge-package.js';

let folder: string;
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'judge-package-'));
  mkdirSync(join(folder, 'dist/chunks'), { recursive: true });
  for (const { name } of packageEntries()) {
    write(`dist/${name}.js`, 'export {};');
    write(`dist/${name}.d.ts`, 'export {};');
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('passes when every entry has code and types that stand alone', () => {
    expect(judgePackage(folder)).toEqual([]);
  });

  it.each([
    ["import { LitElement } from 'lit';"],
    ["export type { A } from 'lit';"],
    ["export type A = import('lit').A;"],
    ["import 'lit';"],
    ['/// <reference types="lit" />'],
  ])('is refused for a declaration that asks for another package: %s', (line) => {
    write('dist/widget.d.ts', `${line}\nexport {};`);
    expect(judgePackage(folder)).toEqual(['dist/widget.d.ts imports "lit": it must stand alone']);
  });

  it('is refused for tests, missing types and missing source maps', () => {
    write('dist/tiny.fixture.ts', '');
    write('dist/chunks/long.js', 'x;'.repeat(2000));
    write('dist/chunks/lost.js', 'x;\n//# sourceMappingURL=lost.js.map');
    rmSync(join(folder, 'dist/graphs.d.ts'));
    expect([...judgePackage(folder)].sort()).toEqual([
      'dist/chunks/long.js has no source map',
      'dist/chunks/lost.js links to lost.js.map, which is missing',
      'dist/graphs.d.ts is missing',
      'dist/tiny.fixture.ts is of no use outside: leave it out in "files"',
    ]);
  });

  it('may name what is imported in comments', () => {
    expect(importsOf(" * import { a } from 'lit';\n// import 'lit';")).toEqual([]);
  });
});
