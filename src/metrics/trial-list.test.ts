import { describe, expect, it } from 'vitest';
import { readTrialList } from './trial-list.js';
import { speakersOfTrials } from './trial-speakers.js';

const read = (text: string, size = text.length || 1) =>
  readTrialList(text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []);
const malformed = (message: RegExp) =>
  expect.objectContaining({ code: 'trials/malformed', message: expect.stringMatching(message) });

describe('readTrialList', () => {
  it('reads both styles', async () => {
    const voxceleb = await read('1 a b\n0 a c\n');
    const kaldi = await read('a b target\na c nontarget');
    for (const list of [voxceleb, kaldi]) {
      expect(list.files).toEqual(['a', 'b', 'c']);
      expect(Array.from(list.enroll)).toEqual([0, 0]);
      expect(Array.from(list.test)).toEqual([1, 2]);
      expect(Array.from(list.labels)).toEqual([1, 0]);
      expect(list.targets).toBe(1);
    }
  });

  it('takes Windows line ends, a byte order mark, blank lines and any white space', async () => {
    const list = await read('\ufeff1 a b\r\n\r\n  0\u0020 a   c \r\n\n');
    expect(list.files).toEqual(['a', 'b', 'c']);
    expect(list.labels).toHaveLength(2);
  });

  it('takes names with spaces where tabs separate the fields', async () => {
    expect((await read('1\tmy file.wav\tb.wav\n')).files).toEqual(['my file.wav', 'b.wav']);
  });

  it.each([1, 2, 3, 7])('reads the same in pieces of %d characters', async (size) => {
    const text = '1 \u5f20/1.wav b.wav\r\n0 b.wav 😀.wav\r\n1 __proto__ constructor';
    expect(await read(text, size)).toEqual(await read(text));
  });

  it.each([
    ['a missing field', '1 a b\n0 a\n', /line 2 .* 2 fields \("0 a"\)/],
    ['a surplus field', '1 a b c\n', /line 1 .* 4 fields/],
    ['an unknown label', 'a b target\n\na b imposter\n', /line 3 .* ends with "imposter"/],
    ['another number', '1 a b\n2 a b\n', /line 2 .* begins with "2"/],
    ['a change of style', '1 a b\na b target\n', /line 2 .* begins with "a"/],
    ['a change of style back', 'a b target\na b 1\n', /line 2 .* ends with "1"/],
    ['a word of Object', 'a b constructor\n', /ends with "constructor"/],
    ['nothing', ' \n\n', /empty/],
    ['no text', '', /empty/],
    ['a file that is no list', 'x'.repeat(20_000), /line 1 .* longer than/],
    [
      'a pair of both kinds',
      '1 a b\n0 c d\n0 a b\n',
      /pair a b is listed as target and as nontarget/,
    ],
  ])('refuses %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(malformed(message));
  });

  it('counts repeated trials and keeps them', async () => {
    const list = await read('1 a b\n1 a b\n1 b a\n0 a c\n1 a b\n');
    expect(list.duplicates).toBe(2);
    expect(list.labels).toHaveLength(5);
  });

  it('reads a million lines', async () => {
    function* chunks() {
      for (let i = 0; i < 1000; i++) {
        yield Array.from(
          { length: 1000 },
          (_, k) => `${k % 10 === 0 ? 1 : 0} d/${k}.wav e/${i}.wav\n`,
        ).join('');
      }
    }
    const list = await readTrialList(chunks());
    expect(list.labels).toHaveLength(1_000_000);
    expect(list.targets).toBe(100_000);
  });
});

describe('speakersOfTrials', () => {
  it('joins files that target trials link, through others too', async () => {
    const { enroll, test } = speakersOfTrials(await read('1 a b\n1 b c\n1 x y\n0 a x\n'));
    expect(enroll[0]).toBe(test[1]);
    expect(enroll[0]).not.toBe(enroll[2]);
    expect(enroll[3]).toBe(enroll[0]);
    expect(test[3]).toBe(test[2]);
  });

  it('goes by folders for files without a target trial', async () => {
    const { enroll, test } = speakersOfTrials(await read('1 s/a s/b\n0 t/1 u/1\n0 t/2 s/a\n'));
    expect(enroll[1]).toBe(enroll[2]);
    expect(test[1]).not.toBe(enroll[1]);
  });
});
