import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import type { AssetFiles } from './assets.js';
import { root } from './entries.js';

/**
 * A licence text for everything that `dist/` and `dist-demo/` carry from others: packages that are
 * bundled (Vite lists them), packages whose files are copied as they are, and models.
 */

/** In `dist/` and in `dist-demo/`. */
export const LICENCES_FILE = 'THIRD-PARTY-LICENCES.md';

/** What onnxruntime itself is compiled from, as its Python package tells it. */
const NOTICES_FILE = 'ONNXRUNTIME-NOTICES.txt';

/** Texts for packages that bring none; `@scope/name` is `@scope+name.txt`. */
const TEXTS = resolve(root, 'scripts/build/licences');

/** Something whose licence nobody told. */
export class LicenceMissing extends Error {}

/** Whose the files of `dist-demo/` are, by their endings: any other stops the build. */
const OWNERS: Readonly<Record<string, string>> = {
  '.html': 'the site',
  '.css': 'the site',
  '.js': 'the bundles',
  '.mjs': 'onnxruntime-web',
  '.wasm': 'onnxruntime-web and @echogarden/speex-resampler-wasm',
  '.onnx': 'models/',
  '.json': 'models/',
  '.f16': 'models/',
  '.flac': 'demo/voices',
  '.woff2': '@fontsource-variable/instrument-sans',
  '.md': 'this list',
  '.txt': 'this list',
};

/**
 * Writes the list of `dist/`, from what the bundles wrote below `licenses/` and from what is copied.
 *
 * @throws LicenceMissing for a package without a text.
 */
export function writeLicences(outDir: string, files: AssetFiles): void {
  const folder = resolve(outDir, 'licenses');
  const bundled = readdirSync(folder).flatMap((name) => sectionsOf(resolve(folder, name)));
  rmSync(folder, { recursive: true });
  const sources = [...files.values()];
  const copied = sources.flatMap((source) => packageOf(source) ?? []).map(sectionOfPackage);
  const models = sources.flatMap((source) => sectionOfModel(source) ?? []);
  write(outDir, [...bundled, ...copied, ...models]);
}

/**
 * Writes the list of the demo: that of `dist/`, what the site bundles itself, and its font.
 *
 * @throws LicenceMissing for a package without a text, and for a file that nobody knows.
 */
export function writeDemoLicences(outDir: string, dist: string): void {
  for (const file of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
    const ending = extname(file);
    if (ending === '' || OWNERS[ending] !== undefined) continue;
    throw new LicenceMissing(
      `licences/unknown: ${file} in dist-demo is of no known owner: say whose it is in scripts/build/licences.ts`,
    );
  }
  const own = `## voiceprint-web (Apache-2.0)\n\n${readText(resolve(root, 'LICENSE'))}`;
  const font = sectionOfPackage('@fontsource-variable/instrument-sans');
  write(outDir, [
    own,
    font,
    ...sectionsOf(resolve(outDir, LICENCES_FILE)),
    ...sectionsOf(resolve(dist, LICENCES_FILE)),
  ]);
}

function write(outDir: string, sections: readonly string[]): void {
  const told = [...new Set(sections.map(withText))].sort();
  const head = '# Licences of what is carried from others';
  writeFileSync(resolve(outDir, LICENCES_FILE), `${[head, ...told].join('\n\n')}\n`);
  copyFileSync(resolve(TEXTS, 'onnxruntime-notices.txt'), resolve(outDir, NOTICES_FILE));
}

function sectionsOf(file: string): readonly string[] {
  const [, ...sections] = readFileSync(file, 'utf8').split(/^(?=## )/m);
  return sections.map((section) => section.trim());
}

/** A section as Vite writes it, with our copy of the text where the package brings none. */
function withText(section: string): string {
  const [heading = '', ...text] = section.split('\n');
  if (text.join('').trim() !== '') return section;
  const name = /^## (\S+)/.exec(heading)?.[1] ?? '';
  const file = resolve(TEXTS, `${name.replace('/', '+')}.txt`);
  if (!existsSync(file)) {
    throw new LicenceMissing(
      `licences/missing: ${name} is carried and brings no licence text: put it into scripts/build/licences/${basename(file)}`,
    );
  }
  const more = name === 'onnxruntime-web' ? `\n\nWhat it is made from: ${NOTICES_FILE}.` : '';
  return `${heading}\n\n${readText(file)}${more}`;
}

function packageOf(source: string): string | undefined {
  return /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
}

function sectionOfPackage(name: string): string {
  const folder = resolve(root, 'node_modules', name);
  const { version, license } = JSON.parse(readText(resolve(folder, 'package.json')));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? '' : `\n\n${readText(resolve(folder, file))}`;
  return `## ${name} - ${version} (${license})${text}`;
}

/** A model that others made says so in its card, under "Licence"; ours are under the package's. */
function sectionOfModel(source: string): string | undefined {
  const folder = /\/models\/([^/]+)\/[^/]+$/.exec(source)?.[1];
  if (folder === undefined) return undefined;
  const card = readText(resolve(root, 'models', folder, 'README.md'));
  const [, text] = card.split(/^## Licence$/m);
  if (text !== undefined) return `## models/${folder}\n\n${text.trim()}`;
  if (/^\| licence \| Apache-2\.0 \|$/m.test(card)) return undefined;
  throw new LicenceMissing(
    `licences/missing: models/${folder}/README.md tells no licence: add a section "## Licence" with its text`,
  );
}

function readText(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
