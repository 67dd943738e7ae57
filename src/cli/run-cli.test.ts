import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { refusalOf, runCaptured } from './capture.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'voiceprint-usage-'));
const text = join(folder, 'text.wav');
writeFileSync(text, 'hello\n');
afterAll(() => rmSync(folder, { recursive: true }));

describe('usage', () => {
  it.each([
    ['no command', [], 'name a command'],
    ['an unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
    ['an unknown option', ['inspect', 'x', '--frobnicate'], "unknown option '--frobnicate'"],
    ['a missing argument', ['inspect'], "missing required argument 'path'"],
    ['a surplus argument', ['inspect', 'a', 'b'], 'too many arguments'],
    ['no --out', ['convert', 'a'], "'--out <dir>' not specified"],
    ['an unknown precision', ['convert', 'a', '--out', 'b', '--precision', 'int4'], 'fp32, fp16'],
    ['no value', ['convert', 'a', '--out', 'b', '--precision'], 'argument missing'],
    ['no --test', ['verify', '--enroll', 'a'], "'--test <file>' not specified"],
    ['no --trials', ['evaluate'], "'--trials <file>' not specified"],
  ])('refuses %s in one line that points to --help', async (_, argv, words) => {
    const line = refusalOf(await runCaptured(...argv));
    expect(line).toContain(words);
    expect(line).toMatch(/see voiceprint --help$/);
  });

  it.each([
    ['inspect', ['inspect', 'nowhere.ckpt'], 'nowhere.ckpt (ENOENT)'],
    ['convert', ['convert', 'nowhere.ckpt', '--out', join(folder, 'o')], 'nowhere.ckpt (ENOENT)'],
    [
      'convert, of a folder',
      ['convert', folder, '--out', join(folder, 'o')],
      'holds no checkpoint',
    ],
    ['embed', ['embed', text, 'nowhere.wav'], 'nowhere.wav (ENOENT)'],
    ['embed, of a folder', ['embed', folder], 'EISDIR'],
    ['verify', ['verify', '--enroll', text, '--test', 'nowhere.wav'], 'nowhere.wav (ENOENT)'],
    ['evaluate', ['evaluate', '--trials', 'nowhere.txt', '--root', folder], 'nowhere.txt'],
    ['proof', ['proof', '--voices', 'nowhere'], 'ada-1.flac (ENOENT)'],
  ])('names the path that %s cannot read', async (_, argv, words) => {
    expect(refusalOf(await runCaptured(...argv))).toContain(words);
  });

  it.each([
    ['an unknown name', 'nosuchmodel', 'no model named "nosuchmodel"'],
    ['a missing folder', './nosuchmodel', 'check the path'],
    ['a folder without a manifest', folder, 'manifest.json cannot be read'],
    ['an address nobody answers', 'http://127.0.0.1:1/x', 'could not be fetched'],
    ['nothing', '', 'the name of the model is empty'],
  ])('refuses %s for a model', async (_, model, words) => {
    expect(refusalOf(await runCaptured('embed', text, '--model', model))).toContain(words);
  });

  it.each(['abc', '0', '1', '-1', '', 'NaN'])(
    'refuses a false-accept rate of "%s"',
    async (rate) => {
      const argv = ['verify', '--enroll', text, '--test', text, `--false-accept-rate=${rate}`];
      expect(refusalOf(await runCaptured(...argv))).toContain(`is "${rate}"; give a share`);
    },
  );

  it('ends quietly when the reader of its output has enough', () => {
    const program = `"${process.execPath}" --import tsx src/cli/index.ts`;
    const { stderr, stdout } = spawnSync('sh', ['-c', `${program} --help | true; echo done`], {
      cwd: resolve(import.meta.dirname, '../..'),
      encoding: 'utf8',
    });
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: 'done\n' });
  });

  it('prints help and the version with status 0', async () => {
    const help = await runCaptured('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['convert', 'inspect', 'embed', 'verify', 'evaluate']) {
      expect(help.stdout).toContain(name);
      expect(await runCaptured(name, '--help')).toMatchObject({ status: 0, stderr: '' });
    }
    expect((await runCaptured('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
