import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, runCaptured } from '../capture.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-evaluate-'));
// Loads the command, which takes longer than any of its refusals.
beforeAll(() => runCaptured('evaluate', '--help'), 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

function listOf(text: string): string {
  const path = join(folder, 'trials.txt');
  writeFileSync(path, text);
  return path;
}

const evaluate = (trials: string, ...more: readonly string[]) =>
  runCaptured('evaluate', '--trials', trials, '--root', folder, '--no-cache', ...more);

describe('voiceprint evaluate', () => {
  it.each([
    ['an unknown label', 'a b target\r\na c imposter\r\n', 'line 2 of the trial list ends with'],
    ['targets only', '1 a b\n1 a c\n', 'of 2 trials 2 are target trials'],
    ['nontargets only', '0 a b\n', 'of 1 trials 0 are target trials'],
    ['an empty list', '\ufeff\r\n', 'the trial list is empty'],
    ['a pair of both kinds', '1 a b\n0 a b\n', 'listed as target and as nontarget'],
    ['a recording for a list', '\0'.repeat(40_000), 'this is no trial list'],
    ['missing files', '1 a.wav b.wav\n0 a.wav c.wav\n', 'a.wav is missing and 2 more'],
  ])('refuses %s in one line, before any audio is read', async (_, text, words) => {
    expect(refusalOf(await evaluate(listOf(text)))).toContain(words);
  });

  it('refuses a list of which nothing is left', async () => {
    const trials = listOf('1 a.wav b.wav\n0 a.wav c.wav\n');
    expect(refusalOf(await evaluate(trials, '--skip-unreadable'))).toContain('of no trials');
  });

  it.each([
    ['a folder', ['--report', folder], 'EISDIR'],
    ['a folder that is not there', ['--report', join(folder, 'no', 'report.html')], 'ENOENT'],
    ['the same of scores', ['--scores', join(folder, 'no', 'scores.csv')], 'ENOENT'],
    ['no seconds', ['--seconds', '0'], '--seconds is "0"'],
  ])('refuses %s before any work', async (_, flags, words) => {
    const trials = listOf('1 a.wav b.wav\n0 a.wav c.wav\n');
    expect(refusalOf(await evaluate(trials, ...flags))).toContain(words);
  });
});
