import type { GivenFile } from './folder-files.js';

/**
 * Finds the files that a trial list names. A folder may have been given from above or below the
 * one that the names are relative to, so a name also stands for a path that ends with it, and a
 * path for a name that ends with it, as long as that is only one.
 *
 * @returns by name of the list; undefined where there is none, or several might be meant.
 */
export function matchFiles(
  names: readonly string[],
  given: readonly GivenFile[],
): readonly (GivenFile | undefined)[] {
  const bySuffix = new Map<string, GivenFile | null>();
  const byPath = new Map<string, GivenFile>();
  for (const file of given) {
    byPath.set(file.path, file);
    for (const suffix of suffixes(file.path)) {
      bySuffix.set(suffix, bySuffix.has(suffix) ? null : file);
    }
  }
  return names.map((raw) => {
    const name = raw.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
    const found = byPath.get(name) ?? bySuffix.get(name);
    if (found) return found;
    for (const shorter of suffixes(name)) {
      const deeper = byPath.get(shorter);
      if (deeper !== undefined) return deeper;
    }
    return undefined;
  });
}

/** `a/b/c` as `a/b/c`, `b/c` and `c`. */
function suffixes(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(i).join('/'));
}
