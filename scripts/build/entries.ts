import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** One subpath of the package: what it is made from, and its name in `dist/`. */
export interface PackageEntry {
  /** As it is imported: `voiceprint-web/features`. */
  readonly subpath: string;
  readonly name: string;
  readonly source: string;
}

interface Conditions {
  readonly source: string;
  readonly types: string;
  readonly default: string;
}

/**
 * The subpaths that `package.json` exports, which is the only place where they are listed: TypeScript
 * and Vite find the sources by the condition `source` there, and the builds by this list.
 *
 * @throws Error where a subpath does not follow the pattern that the builds rely on.
 */
export function packageEntries(): readonly PackageEntry[] {
  const { name: packageName, exports } = JSON.parse(
    readFileSync(resolve(root, 'package.json'), 'utf8'),
  ) as { name: string; exports: Record<string, Conditions | string> };
  return Object.entries(exports).flatMap(([key, conditions]) => {
    if (typeof conditions === 'string') return [];
    const name = /^\.\/dist\/([\w-]+)\.js$/.exec(conditions.default)?.[1];
    if (
      name === undefined ||
      conditions.source !== `./src/entries/${name}.ts` ||
      conditions.types !== `./dist/${name}.d.ts`
    ) {
      throw new Error(
        `package.json exports "${key}" as ${JSON.stringify(conditions)}: write source ./src/entries/NAME.ts, types ./dist/NAME.d.ts and default ./dist/NAME.js`,
      );
    }
    return [{ subpath: key.replace('.', packageName), name, source: conditions.source }];
  });
}
