import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, posix, relative, resolve, sep } from 'node:path';
import type { Plugin } from 'vite';
import { root } from './entries.js';

/**
 * How the package carries the files that go with its code (models, WebAssembly, the worker).
 *
 * Bundlers rename such files, inline small ones as `data:` URLs (which a content security policy
 * refuses) and rebuild workers in formats that cannot import on demand. What all of them leave
 * alone is a plain asset behind a literal `new URL('./file', import.meta.url)`. So the page's code
 * keeps those literals, every file is copied as it is, and the worker, which is one of these files
 * and must not guess where the others went, is told their URLs by the page through its name.
 */

/** Where the code of one build runs; it decides how the URLs of files are found. */
export type Surroundings = 'page' | 'worker' | 'node';

/** Files of the package by their path inside `dist/`, with the path they are copied from. */
export type PackageFiles = Map<string, string>;

/** The worker's own path inside `dist/`. */
export const WORKER_FILE = 'assets/engine.worker.js';

const FILES_MODULE = 'voiceprint:files';
const ORT_MODULE = 'voiceprint:ort';
const STUB_MODULE = 'voiceprint:left-out';
const MARK = '__VOICEPRINT_FILE__';

const NEW_URL = /\bnew\s+URL\(\s*(['"])([^'":]+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;
const NEW_WORKER =
  /\bnew\s+Worker\(\s*new\s+URL\(\s*(['"])\.\/engine\.worker\.ts\1\s*,\s*import\.meta\.url\s*,?\s*\)\s*,\s*\{\s*type:\s*(['"])module\2\s*,?\s*\}\s*,?\s*\)/g;
const ORT_WASM_PATH =
  /\bcreateRequire\(import\.meta\.url\)\.resolve\(\s*(['"])onnxruntime-web\/([\w.-]+\.wasm)\1\s*,?\s*\)/g;
const ORT_IMPORT = /\bimport\(\s*(['"])onnxruntime-web\/(jspi|webgpu|wasm)\1\s*,?\s*\)/g;

/** The module and the WebAssembly of each onnxruntime-web entry; the names are fixed upstream. */
const ORT_FILES = {
  jspi: ['ort.jspi.bundle.min.mjs', 'ort-wasm-simd-threaded.jspi.wasm'],
  webgpu: ['ort.webgpu.bundle.min.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
  wasm: ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'],
} as const;

function isOrtEntry(name: string): name is keyof typeof ORT_FILES {
  return name in ORT_FILES;
}

/** Path inside `dist/` for a file of the repository: models keep their folder, the rest goes flat. */
function distPath(file: string): string {
  const inside = relative(root, file).split(sep).join('/');
  return inside.startsWith('models/') ? inside : `assets/${basename(file)}`;
}

export interface PageFilesOptions {
  readonly surroundings: Surroundings;
  /** Filled while modules are read; shared between the builds of one package. */
  readonly files: PackageFiles;
  /** Packages that this build leaves out: importing one throws. */
  readonly leftOut: readonly string[];
}

/** The plugin that rewrites file URLs, ORT imports and the worker's start as told above. */
export function pageFiles(options: PageFilesOptions): Plugin {
  const { surroundings, files, leftOut } = options;
  const refer = (path: string, source: string): string => {
    files.set(path, source);
    return surroundings === 'worker'
      ? `__files[${JSON.stringify(path)}]`
      : `'${MARK}${path}${MARK}'`;
  };
  const ortFolder = resolve(root, 'node_modules/onnxruntime-web/dist');
  const referOrt = (entry: keyof typeof ORT_FILES): string => {
    const [module, wasm] = ORT_FILES[entry].map((name) =>
      refer(`assets/${name}`, resolve(ortFolder, name)),
    );
    return `__openOrt(${module}, ${wasm})`;
  };

  return {
    name: 'voiceprint:page-files',
    enforce: 'pre',
    resolveId(id) {
      if (id === FILES_MODULE || id === ORT_MODULE) return `\0${id}`;
      const builtin = surroundings !== 'node' && isBuiltin(id);
      return builtin || leftOut.includes(id) ? `\0${STUB_MODULE}/${id}` : null;
    },
    load(id) {
      if (id === `\0${FILES_MODULE}`) return filesModule(surroundings, files);
      if (id === `\0${ORT_MODULE}`) return ortModule(surroundings);
      if (id.startsWith(`\0${STUB_MODULE}/`)) {
        const name = id.slice(STUB_MODULE.length + 2);
        return `throw new Error(${JSON.stringify(`${name} is not part of this build of voiceprint-web.`)});\nexport {};`;
      }
      return null;
    },
    transform(code, id) {
      const heads: string[] = [];
      let changed = code.replace(NEW_WORKER, () => {
        heads.push(`import { files as __files } from '${FILES_MODULE}';`);
        // Looked up, not literal: bundlers would rebuild a worker that they can see.
        return `new Worker(__files[${JSON.stringify(WORKER_FILE)}], { type: 'module', name: JSON.stringify(__files) })`;
      });
      changed = changed.replace(ORT_IMPORT, (whole, _quote, entry: string) => {
        if (!isOrtEntry(entry)) return whole;
        heads.push(`import { openOrt as __openOrt } from '${ORT_MODULE}';`);
        return referOrt(entry);
      });
      if (surroundings === 'node') {
        changed = changed.replace(
          ORT_WASM_PATH,
          (_whole, _quote, name: string) =>
            `new URL(${refer(`assets/${name}`, resolve(ortFolder, name))})`,
        );
      }
      changed = changed.replace(NEW_URL, (whole, _quote, path: string) => {
        const source = resolve(dirname(id), path.replace(/\?.*/, ''));
        if (!existsSync(source)) return whole;
        return `new URL(${refer(distPath(source), source)})`;
      });
      if (changed === code) return null;
      if (surroundings === 'worker')
        heads.push(`import { files as __files } from '${FILES_MODULE}';`);
      // Behind the code, so that line numbers and a leading directive stay; imports are hoisted.
      return { code: `${changed}\n${[...new Set(heads)].join('\n')}\n`, map: null };
    },
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk')
          chunk.code = restoreUrls(chunk.code, chunk.fileName, surroundings);
      }
    },
  };
}

function filesModule(surroundings: Surroundings, files: PackageFiles): string {
  if (surroundings === 'worker') return 'export const files = JSON.parse(self.name);';
  const entries = [...files.keys()].map(
    (path) => `  ${JSON.stringify(path)}: '${MARK}${path}${MARK}',`,
  );
  return `export const files = {\n${entries.join('\n')}\n};`;
}

function ortModule(surroundings: Surroundings): string {
  // In Node the WebAssembly lies beside its module under the name that the module expects.
  const paths =
    surroundings === 'node' ? '' : '\n  ort.env.wasm.wasmPaths ??= { wasm: String(wasm) };';
  return `export async function openOrt(module, wasm) {
  const ort = await import(String(module));${paths}
  return ort;
}`;
}

/**
 * Puts the literals that bundlers look for in place of the marks, after minification, which would
 * otherwise be free to take them apart. `no-inline` keeps Vite from turning small files into
 * `data:` URLs; servers of static files ignore it.
 */
function restoreUrls(code: string, chunkFile: string, surroundings: Surroundings): string {
  const query = surroundings === 'page' ? '?no-inline' : '';
  return code
    .replace(
      new RegExp(`(['"\`])${MARK}([^'"\`]+)${MARK}\\1`, 'g'),
      (_whole, _quote, path: string) => {
        const beside = posix.relative(posix.dirname(chunkFile), path);
        const url = beside.startsWith('.') ? beside : `./${beside}`;
        return `new URL("${url}${query}",import.meta.url).href`;
      },
    )
    .replace(/\bimport\((?=[\w$])/g, 'import(/*webpackIgnore:true*//*@vite-ignore*/');
}

/** What is copied: scripts lose the link to a source map that is not shipped. */
export function readPackageFile(source: string): Uint8Array | string {
  const bytes = readFileSync(source);
  if (!/\.m?js$/.test(source)) return bytes;
  return bytes.toString('utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
