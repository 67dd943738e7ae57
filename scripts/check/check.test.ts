import { describe, expect, it } from 'vitest';
import { judgeDocComments } from './doc-comments.js';
import { withoutExceptions } from './finding.js';
import { judgeCircles, judgeRooms } from './imports.js';
import { ROOMS, withRoomTable } from './rooms.js';
import { judgeSizes, LIMITS } from './sizes.js';
import type { Sources } from './sources.js';

const tree = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files));
const wheres = (findings: readonly { readonly where: string }[]) =>
  findings.map(({ where }) => where);

describe('the order of rooms', () => {
  const runtime = { 'src/runtime/types.ts': 'export interface Session {}' };

  it('lets a room import what stands above it', () => {
    const files = { ...runtime, 'src/vault/a.ts': "import '../runtime/types.js';" };
    expect(judgeRooms(tree(files))).toEqual([]);
  });

  it.each([
    ["import type { Session } from '../../src/runtime/types.js';"],
    ["export * from '../../src/runtime/types.js';"],
    ["export const load = () => import('../../src/runtime/types.js');"],
    ["export type S = import('../../src/runtime/types.js').Session;"],
  ])('finds an import that climbs: %s', (text) => {
    const findings = judgeRooms(tree({ ...runtime, 'src/audio/a.ts': text }));
    expect(wheres(findings)).toEqual(['src/audio/a.ts -> src/runtime/types.ts']);
  });

  it('lets nobody import the entries', () => {
    const files = {
      'src/entries/index.ts': 'export {};',
      'src/cli/a.ts': "import '../entries/index.js';",
    };
    expect(wheres(judgeRooms(tree(files)))).toEqual(['src/cli/a.ts -> src/entries/index.ts']);
  });

  it('finds a room that is not in the list', () => {
    expect(wheres(judgeRooms(tree({ 'src/attic/a.ts': '' })))).toEqual(['src/attic/a.ts']);
  });

  it('lets tests import anything', () => {
    const files = { ...runtime, 'src/audio/a.test.ts': "import '../runtime/types.js';" };
    expect(judgeRooms(tree(files))).toEqual([]);
  });
});

describe('circles of imports', () => {
  it('are found once, with everyone in them', () => {
    const files = {
      'src/audio/a.ts': "import './b.js';",
      'src/audio/b.ts': "import './c.js'; import './d.js';",
      'src/audio/c.ts': "import type { A } from './a.js';",
      'src/audio/d.ts': '',
    };
    expect(wheres(judgeCircles(tree(files)))).toEqual([
      'src/audio/a.ts <-> src/audio/b.ts <-> src/audio/c.ts',
    ]);
  });

  it('are not seen where two paths lead to one file', () => {
    const files = {
      'src/audio/a.ts': "import './b.js'; import './c.js';",
      'src/audio/b.ts': "import './c.js';",
      'src/audio/c.ts': '',
    };
    expect(judgeCircles(tree(files))).toEqual([]);
  });
});

describe('doc comments', () => {
  const judged = (text: string, entry = "export * from '../audio/a.js';") =>
    wheres(judgeDocComments(tree({ 'src/entries/index.ts': entry, 'src/audio/a.ts': text })));

  it('are missed on symbols and on members', () => {
    const text = `
      export interface Clip { readonly seconds: number; /** Hz. */ readonly rate: number }
      /** A class. */
      export class Player { #secret = 1; private hidden = 2; play(): void {} /** Stops. */ stop() {} }
      /** A choice. */
      export type Event = { kind: 'start'; at: number } | { /** Told. */ kind: string };`;
    expect(judged(text)).toEqual(['Clip', 'Clip.seconds', 'Event.at', 'Player.play']);
  });

  it('are asked for on types that only a signature names', () => {
    const text = `
      interface Inner { readonly depth: number }
      /** Opens. */
      export function open(options: { readonly inner: Inner }): void { const x: Other = 1; }
      interface Other { readonly y: number }`;
    expect(judged(text)).toEqual(['Inner', 'Inner.depth']);
  });

  it('are not asked for on what no entry exports', () => {
    expect(judged('export const a = 1; export const b = 2;', '')).toEqual([]);
    const entry = "export { b as c } from '../audio/a.js';";
    expect(judged('export const a = 1; export const b = 2;', entry)).toEqual(['b']);
  });

  it('must tell what is thrown, also by a function that is called by its name', () => {
    const text = `
      function fail(): never { throw new VoiceprintError('a/b', 'no'); }
      /** Opens. */
      export function open(): void { if (x) fail(); }
      /** Shuts. @throws VoiceprintError a/b. */
      export function shut(): void { fail(); }
      /** Tries. */
      export function attempt(): void { try { fail(); } catch { return; } }`;
    expect(judged(text)).toEqual(['open @throws']);
  });
});

describe('sizes', () => {
  it('count files of a folder, without tests and fixtures', () => {
    const names = Array.from({ length: LIMITS.filesInFolder }, (_, i) => `src/audio/${i}.ts`);
    const files = Object.fromEntries(names.map((name) => [name, '']));
    const withTests = { ...files, 'src/audio/a.test.ts': '', 'src/audio/b.fixture.ts': '' };
    expect(judgeSizes(tree(withTests))).toEqual([]);
    expect(wheres(judgeSizes(tree({ ...files, 'src/audio/one-more.ts': '' })))).toEqual([
      'src/audio/',
    ]);
  });

  it('count lines of files and of functions, which are told by name', () => {
    const body = '\n'.repeat(LIMITS.linesOfFunction - 1);
    const text = `export function fits() {${body}}\nclass A { method() {${body}\n} }`;
    expect(wheres(judgeSizes(tree({ 'src/audio/a.ts': text })))).toEqual([
      'src/audio/a.ts: A.method',
    ]);
    const long = `${'let x;\n'.repeat(LIMITS.linesOfFile)}let y;\n`;
    expect(wheres(judgeSizes(tree({ 'src/audio/a.ts': long })))).toEqual(['src/audio/a.ts']);
  });
});

describe('exceptions', () => {
  const finding = { where: 'src/audio/', what: 'is full' };

  it('excuse by name', () => {
    expect(withoutExceptions('sizes', [finding], { sizes: { 'src/audio/': 'why' } })).toEqual([]);
    expect(withoutExceptions('sizes', [finding], {})).toEqual([finding]);
  });

  it('are findings themselves when nothing needs them or nobody says why', () => {
    const stale = withoutExceptions('sizes', [], { sizes: { 'src/audio/': 'why' } });
    expect(wheres(stale)).toEqual(['src/audio/']);
    const silent = withoutExceptions('sizes', [finding], { sizes: { 'src/audio/': ' ' } });
    expect(wheres(silent)).toEqual(['src/audio/']);
  });
});

it('keeps the table of rooms between its marks', () => {
  const marks =
    'a\n<!-- rooms: made from scripts/check/rooms.ts by npm run check -- --write -->\noutdated\n<!-- end of rooms -->\nb';
  const written = withRoomTable(marks);
  for (const { name } of ROOMS) expect(written).toContain(`| \`${name}\` |`);
  expect(written).not.toContain('outdated');
  expect(withRoomTable(written)).toBe(written);
});
