import { posix } from 'node:path';
import type { Finding } from './finding.js';
import { isTest, type Sources } from './sources.js';
import { isFunction, nameOf, nodeIn, parseModule, type SyntaxNode, visit } from './syntax.js';

/** How large things may be; tests and fixtures are not counted. */
export const LIMITS = { filesInFolder: 16, linesOfFile: 350, linesOfFunction: 70 };

/** Folders with too many files, files and functions with too many lines. */
export function judgeSizes(sources: Sources): readonly Finding[] {
  const judged = [...sources].filter(([path]) => !isTest(path));
  return [
    ...fullFolders(judged.map(([path]) => path)),
    ...judged.flatMap(([path, text]) => [...longFile(path, text), ...longFunctions(path, text)]),
  ];
}

function fullFolders(paths: readonly string[]): readonly Finding[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = posix.dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > LIMITS.filesInFolder)
    .map(([folder, count]) => ({
      where: `${folder}/`,
      what: `holds ${count} source files, ${LIMITS.filesInFolder} are allowed: give what belongs together a folder`,
    }));
}

function longFile(path: string, text: string): readonly Finding[] {
  const lines = lineAt(text, text.trimEnd().length);
  if (lines <= LIMITS.linesOfFile) return [];
  const what = `has ${lines} lines, ${LIMITS.linesOfFile} are allowed: split it by what changes together`;
  return [{ where: path, what }];
}

function longFunctions(path: string, text: string): readonly Finding[] {
  const findings: Finding[] = [];
  const enter = (node: SyntaxNode, name: string): void => {
    const own = nameOf(nodeIn(node, 'id') ?? nodeIn(node, 'key'));
    const inside = own === undefined ? name : `${name}${name === '' ? '' : '.'}${own}`;
    if (isFunction(node)) {
      const lines = lineAt(text, node.end) - lineAt(text, node.start) + 1;
      if (lines > LIMITS.linesOfFunction) {
        const what = `has ${lines} lines, ${LIMITS.linesOfFunction} are allowed: name its steps`;
        findings.push({ where: `${path}: ${inside || 'default'}`, what });
      }
    }
    visit(node, (child) => {
      if (child === node) return true;
      enter(child, inside);
      return false;
    });
  };
  for (const statement of parseModule(path, text).body) enter(statement, '');
  return findings;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
