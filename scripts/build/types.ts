import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { packageEntries, root } from './entries.js';
import { PEERS } from './library.js';

/** Where the compiler leaves one declaration file per module, before they are rolled up. */
const LOOSE = resolve(root, '.cache/types');

/** What of the language a project may not have asked for: `AsyncDisposable`. */
const LIBRARIES = '/// <reference lib="esnext.disposable" />';

/**
 * One `NAME.d.ts` per entry, which imports nothing but peers: what the declarations take from
 * packages that are bundled is rolled in as well.
 */
export async function buildTypes(outDir: string): Promise<void> {
  rmSync(LOOSE, { recursive: true, force: true });
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const { name } of packageEntries()) {
    const bundle = await rolldown({
      input: { [name]: resolve(LOOSE, `entries/${name}.d.ts`) },
      external: PEERS,
      checks: { pluginTimings: false },
      plugins: dts({ dtsInput: true, tsconfig: false, resolve: true }),
      onLog(level, log, defaultHandler) {
        // A type that cannot be found would become `any` without a word.
        const lost = log.code === 'UNRESOLVED_IMPORT' || log.code === 'MISSING_EXPORT';
        defaultHandler(lost ? 'error' : level, log);
      },
    });
    await bundle.write({ dir: outDir, codeSplitting: false });
    await bundle.close();
    const file = resolve(outDir, `${name}.d.ts`);
    writeFileSync(file, `${LIBRARIES}\n${readFileSync(file, 'utf8')}`);
  }
}
