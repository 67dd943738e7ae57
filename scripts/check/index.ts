import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../build/entries.js';
import { judgeDocComments } from './doc-comments.js';
import { type Exceptions, type Finding, withoutExceptions } from './finding.js';
import { judgeCircles, judgeRooms } from './imports.js';
import { withRoomTable } from './rooms.js';
import { judgeSizes } from './sizes.js';
import { readSources } from './sources.js';

/**
 * The laws of the house that neither the compiler nor the linter knows.
 *
 * `--write` brings the table of rooms in CONTRIBUTING.md up to date, `--shrink` takes exceptions off
 * that nothing needs any more, `--all` prints every finding, excused or not, as JSON.
 */
const EXCEPTIONS = resolve(root, 'scripts/check/exceptions.json');
const CONTRIBUTING = resolve(root, 'CONTRIBUTING.md');

const src = readSources(root, ['src']);
const everything = new Map([...src, ...readSources(root, ['scripts', 'demo'])]);

const LAWS: Readonly<Record<string, () => readonly Finding[]>> = {
  'order of rooms': () => judgeRooms(src),
  'no circles of imports': () => judgeCircles(src),
  'table of rooms': judgeRoomTable,
  'doc comments': () => judgeDocComments(src),
  sizes: () => judgeSizes(everything),
};

function judgeRoomTable(): readonly Finding[] {
  const document = readFileSync(CONTRIBUTING, 'utf8');
  if (withRoomTable(document) === document) return [];
  const what = 'does not show scripts/check/rooms.ts as it is: run npm run check -- --write';
  return [{ where: 'CONTRIBUTING.md', what }];
}

function readExceptions(): Exceptions {
  return JSON.parse(readFileSync(EXCEPTIONS, 'utf8')) as Exceptions;
}

function shrink(): void {
  const kept = Object.entries(readExceptions()).map(([law, reasons]) => {
    const found = new Set(LAWS[law]?.().map(({ where }) => where));
    return [law, Object.fromEntries(Object.entries(reasons).filter(([where]) => found.has(where)))];
  });
  writeFileSync(EXCEPTIONS, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}

function judgeAll(): number {
  const exceptions = readExceptions();
  let count = 0;
  for (const [law, judge] of Object.entries(LAWS)) {
    const findings = withoutExceptions(law, judge(), exceptions);
    const excused = Object.keys(exceptions[law] ?? {}).length;
    count += findings.length;
    for (const { where, file, what } of findings) {
      console.log(`${file === undefined ? '' : `${file}: `}${where} ${what}`);
    }
    const aside = excused === 0 ? '' : `, ${excused} excused by name`;
    console.log(`${law}: ${findings.length === 0 ? 'kept' : `${findings.length} broken`}${aside}`);
  }
  return count;
}

const options = process.argv.slice(2);
if (options.includes('--write')) {
  writeFileSync(CONTRIBUTING, withRoomTable(readFileSync(CONTRIBUTING, 'utf8')));
}
if (options.includes('--shrink')) shrink();
if (options.includes('--all')) {
  console.log(
    JSON.stringify(
      Object.fromEntries(Object.entries(LAWS).map(([law, judge]) => [law, judge()])),
      null,
      2,
    ),
  );
} else {
  process.exitCode = judgeAll() === 0 ? 0 : 1;
}
