import { resolve } from 'node:path';
import { build, type InlineConfig } from 'vite';
import { ENGINE_WORKER } from '../../src/platform/assets.js';
import { type AssetFiles, assetFiles, type Surroundings, swapAssets } from './assets.js';
import { packageEntries, root } from './entries.js';
import { forgetOwnWasm, leaveOut } from './leave-out.js';
import { writeLicences } from './licences.js';
import { serverSafeLit } from './server-safe-lit.js';

/** Entries for pages, by their name in `dist/`. */
function pageEntries(): Record<string, string> {
  const exported = packageEntries().map(({ name, source }) => [name, resolve(root, source)]);
  return Object.fromEntries(exported);
}

const COMMAND_ENTRY = 'src/cli/index.ts';

/** An optional peer dependency: whoever uses it has it, and their bundler finds it. */
export const PEERS = ['@huggingface/transformers'];

/** Packages behind Node-only branches: browsers decode audio themselves. */
const NOT_IN_PAGES = ['audio-decode'];

/**
 * Decoders under the GPL or LGPL, which an Apache-2.0 package cannot carry, and rarities. Left are
 * wav, aiff, flac, mp3, opus, vorbis and their containers.
 */
const NOT_IN_THE_COMMAND = [
  'aac',
  'ac3',
  'amr',
  'ape',
  'dsd',
  'dts',
  'eac3',
  'mod',
  'mpc',
  'tta',
  'wma',
  'wavpack',
].map((format) => `@audio/decode-${format}`);

/** Development tools that the command starts when asked; they stay outside of the package. */
const COMMAND_EXTERNALS = ['playwright', 'playwright-core', '@playwright/test'];

/**
 * Builds `dist/`: the worker first, whose files the page has to hand over, then the page's
 * entries, then the command.
 */
export async function buildLibrary(outDir: string): Promise<void> {
  // With the worker's source in the worker's place, so that what is missing stops the build first.
  const sources = assetFiles();
  const worker = sources.get(ENGINE_WORKER) ?? '';
  await build(
    configuration(outDir, 'worker', sources, {
      input: { 'engine.worker': worker },
      fileNames: ENGINE_WORKER,
      oneFile: true,
    }),
  );
  const files = assetFiles(undefined, resolve(outDir, ENGINE_WORKER));
  await build(
    configuration(outDir, 'page', files, {
      input: pageEntries(),
      fileNames: '[name].js',
      oneFile: false,
    }),
  );
  await build(
    configuration(outDir, 'node', files, {
      input: { cli: resolve(root, COMMAND_ENTRY) },
      fileNames: '[name].js',
      oneFile: false,
    }),
  );
  writeLicences(outDir, files);
}

interface Entry {
  readonly input: Record<string, string>;
  readonly fileNames: string;
  readonly oneFile: boolean;
}

function configuration(
  outDir: string,
  surroundings: Surroundings,
  files: AssetFiles,
  entry: Entry,
): InlineConfig {
  const node = surroundings === 'node';
  return {
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    // The package must not carry the state of the machine that it was built on.
    define: node ? {} : { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      swapAssets(surroundings, files),
      forgetOwnWasm(),
      serverSafeLit(),
      leaveOut(node ? NOT_IN_THE_COMMAND : NOT_IN_PAGES, { builtins: !node }),
    ],
    ...(node ? { ssr: { noExternal: true, external: COMMAND_EXTERNALS } } : {}),
    build: {
      outDir,
      emptyOutDir: false,
      target: node ? 'node20' : 'es2022',
      minify: !node,
      sourcemap: !node,
      reportCompressedSize: false,
      modulePreload: false,
      license: { fileName: `licenses/${surroundings}.md` },
      chunkSizeWarningLimit: 2000,
      ...(node
        ? { ssr: true }
        : { lib: { entry: entry.input, formats: ['es' as const], cssFileName: 'style' } }),
      rolldownOptions: {
        checks: { pluginTimings: false },
        input: entry.input,
        ...(node ? {} : { external: PEERS }),
        output: {
          format: 'es' as const,
          entryFileNames: entry.fileNames,
          chunkFileNames: node ? 'node/[name]-[hash].js' : 'chunks/[name]-[hash].js',
          ...(entry.oneFile ? { codeSplitting: false } : {}),
        },
      },
    },
  };
}
