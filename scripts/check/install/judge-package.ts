import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageEntries } from '../../build/entries.js';
import { PEERS } from '../../build/library.js';
import { isTest } from '../sources.js';

const SMALL = 2000;

/** What is wrong with the files of an unpacked package, one line each. */
export function judgePackage(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => statSync(join(folder, file)).isFile());
  return [
    ...files.filter(isTest).map((file) => `${file} is of no use outside: leave it out in "files"`),
    ...packageEntries().flatMap(({ name }) => judgeEntry(folder, name)),
    ...files.flatMap((file) => judgeMap(folder, file)),
  ];
}

function judgeEntry(folder: string, name: string): readonly string[] {
  const missing = [`dist/${name}.js`, `dist/${name}.d.ts`].filter(
    (file) => !existsSync(join(folder, file)),
  );
  if (missing.length > 0) return missing.map((file) => `${file} is missing`);
  const declarations = readFileSync(join(folder, `dist/${name}.d.ts`), 'utf8');
  return importsOf(declarations)
    .filter((request) => !PEERS.includes(request))
    .map((request) => `dist/${name}.d.ts imports "${request}": it must stand alone`);
}

/** What a declaration file asks of others. */
export function importsOf(declarations: string): readonly string[] {
  const forms = [
    /^\s*(?:import|export)\b[^'"\n;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    /^\/\/\/\s*<reference\s+(?:types|path)\s*=\s*['"]([^'"]+)['"]/gm,
  ];
  return forms.flatMap((form) =>
    [...declarations.matchAll(form)].map(([, request]) => request ?? ''),
  );
}

/** Scripts for pages have a source map, but for small ones that pass names on or stand in. */
function judgeMap(folder: string, file: string): readonly string[] {
  if (!/^dist\/(?!node\/|cli\.js)(.*\/)?[\w.-]+\.js$/.test(file)) return [];
  const text = readFileSync(join(folder, file), 'utf8');
  const link = /^\/\/# sourceMappingURL=(\S+)$/m.exec(text)?.[1];
  if (link === undefined) {
    const ours = !file.endsWith('.worklet.js') && text.length > SMALL;
    return ours ? [`${file} has no source map`] : [];
  }
  return existsSync(join(folder, file, '..', link))
    ? []
    : [`${file} links to ${link}, which is missing`];
}
