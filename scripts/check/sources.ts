import { readdirSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';

/** Text of files by their path from the root of the repository, with `/` between folders. */
export type Sources = ReadonlyMap<string, string>;

/** Tests and what only tests use are held to fewer laws. */
export function isTest(path: string): boolean {
  return /\.(test|test-d|fixture)\.[jt]sx?$/.test(path) || /(^|\/)(fixtures|testdata)\//.test(path);
}

/** Reads the scripts below some folders of the repository. */
export function readSources(root: string, folders: readonly string[]): Sources {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const file of readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(m?[jt]s|tsx)$/.test(file)) continue;
      const path = `${folder}/${file.replaceAll('\\', '/')}`;
      sources.set(path, readFileSync(resolve(root, path), 'utf8'));
    }
  }
  return new Map([...sources].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The file that a relative import leads to; undefined for a package or a file that is not there. */
export function resolveImport(sources: Sources, from: string, request: string): string | undefined {
  if (!request.startsWith('.')) return undefined;
  const path = posix.join(posix.dirname(from), request);
  const candidates = [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx'), path];
  return candidates.find((candidate) => sources.has(candidate));
}
