import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import { hasWholeReference, REFERENCE_CASES } from '../scripts/lab/parity/reference.js';
import { ROOT, WORK } from './support/paths.js';

/** Small ones, so that a software GPU compiles their shaders in seconds. */
const SPEECHBRAIN = [
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

/** One of each class of the other systems. */
const OTHERS = [
  'hyper_h1_tied_fix',
  'hypernet_default',
  'pmlps_m3',
  'dwconv_causal_k1',
  'confconv_causal_k5',
  'csgu_causal_k5',
  'mha_zero_attn',
  'beats_glu_from_fbank',
  'espnet_beats_plain',
  'ska_attn_c48_k1',
  'ska_fwSKAttention_6x20',
  'ska_cwSKAttention_6x20',
  'ska_bottle2neck_64',
  'ska_resblock',
  'ska_encoder_72',
  'ska_pool_48',
  'ska_projector_96',
  'rawnet3_projector',
  'espnet_ecapa_encoder_64',
  'espnet_ecapa_e2e_small',
  'wespeaker_ecapa_dev',
  'tao_ecapa_c32',
];

/** In a clone without the whole reference, those of them that the repository holds. */
const kept = (names: readonly string[]) =>
  names.filter((name) => existsSync(resolve(REFERENCE_CASES, name, 'config.json')));

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

test.describe('graphs on WebGPU', () => {
  test('are all there to be compared', () => {
    const names = [...SPEECHBRAIN, ...OTHERS];
    expect(kept(names)).toHaveLength(hasWholeReference ? names.length : 31);
  });

  test.describe.configure({ timeout: 360_000 });

  test("SpeechBrain's equal upstream within 1e-5", () => {
    const measured = runParity(kept(SPEECHBRAIN));
    for (const { relative } of measured) expect(relative).toBeLessThan(1e-5);
  });

  test('one of each class of the other systems equals upstream', () => {
    runParity(kept(OTHERS));
  });
});

/** Runs cases through the command; every one must pass, none be left out. */
function runParity(names: readonly string[]): Report['cases'] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      resolve(ROOT, 'node_modules/tsx/dist/cli.mjs'),
      resolve(ROOT, 'scripts/lab/voiceprint.ts'),
      'parity',
      gather(names),
      '--backend',
      'webgpu',
      '--json',
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const report: Report = JSON.parse(stdout);
  expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
  expect(report).toMatchObject({ failed: 0, skipped: 0 });
  expect(new Set(report.cases.map((result) => result.case))).toEqual(new Set(names));
  const measured = report.cases.filter(({ output }) => output !== 'raises');
  // All of it zero would be a broken comparison.
  expect(measured.some(({ relative }) => relative > 0)).toBe(true);
  return measured;
}

/** A folder with these cases alone, and beside them the arrays that they share with others. */
function gather(names: readonly string[]): string {
  const chosen = resolve(WORK, 'parity');
  rmSync(chosen, { recursive: true, force: true });
  for (const name of names) {
    cpSync(resolve(REFERENCE_CASES, name), resolve(chosen, name), { recursive: true });
    const config = readFileSync(resolve(REFERENCE_CASES, name, 'config.json'), 'utf8');
    for (const [, shared = ''] of config.matchAll(/"\.\.\/([^"]+)"/g)) {
      cpSync(resolve(REFERENCE_CASES, shared), resolve(chosen, shared));
    }
  }
  return chosen;
}
