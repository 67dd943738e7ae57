import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { ROOT, WORK } from './support/paths.js';

/** Small ones, so that a software GPU compiles their shaders in seconds. */
const CASES = [
  'sb_tdnn_k1_leaky',
  'sb_tdnn_k3_d4_grp',
  'sb_tdnn_k5',
  'sb_res2net_s4_io',
  'sb_res2net_s8',
  'sb_se_32',
  'sb_seres2_same',
  'sb_seres2_shortcut',
  'sb_asp_glob',
  'sb_asp_noglob',
  'sb_classifier_2',
  'sb_ecapa_small_opts',
];

const cases = resolve(
  process.env.VOICEPRINT_SHARED ?? resolve(ROOT, '../shared'),
  'reference/cases',
);
const there = existsSync(cases);
if (!there) console.warn(`parity on WebGPU: skipped, there is no ${cases}`);

interface Report {
  readonly failed: number;
  readonly skipped: number;
  readonly cases: readonly {
    readonly case: string;
    readonly output: string;
    readonly relative: number;
    readonly pass: boolean;
  }[];
}

test.describe('SpeechBrain on WebGPU', () => {
  test.skip(!there, 'no ../shared/reference');
  test.describe.configure({ timeout: 240_000 });

  test('equals upstream within 1e-5', () => {
    const chosen = resolve(WORK, 'parity');
    rmSync(chosen, { recursive: true, force: true });
    for (const name of CASES) {
      cpSync(resolve(cases, name), resolve(chosen, name), { recursive: true });
    }
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [resolve(ROOT, 'dist/cli.js'), 'parity', chosen, '--backend', 'webgpu', '--json'],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    if (!stdout.startsWith('{')) throw new Error(stderr);
    const report: Report = JSON.parse(stdout);
    expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
    expect(report).toMatchObject({ failed: 0, skipped: 0 });
    expect(new Set(report.cases.map((result) => result.case))).toEqual(new Set(CASES));
    const measured = report.cases.filter(({ output }) => output !== 'raises');
    for (const { relative } of measured) expect(relative).toBeLessThan(1e-5);
    // All of it zero would be a broken comparison.
    expect(measured.some(({ relative }) => relative > 0)).toBe(true);
  });
});
