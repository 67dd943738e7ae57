import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listCohortSpeakers, spread } from './cohort-speakers.js';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voiceprint-cohort-'));
  const files = ['a/x/2.wav', 'a/x/1.FLAC', 'a/y/1.opus', 'a/y/notes.txt', 'b/1.wav', 'solo.wav'];
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), '');
  }
});

afterAll(() => rm(root, { recursive: true }));

describe('listCohortSpeakers', () => {
  it('takes each folder with recordings for a speaker, however deep', async () => {
    expect(await listCohortSpeakers(root)).toEqual([
      { name: 'a/x', files: ['a/x/1.FLAC', 'a/x/2.wav'] },
      { name: 'a/y', files: ['a/y/1.opus'] },
      { name: 'b', files: ['b/1.wav'] },
      { name: 'solo.wav', files: ['solo.wav'] },
    ]);
    expect(await listCohortSpeakers(`${join(root, 'a')}/`)).toHaveLength(2);
  });

  it('refuses what is no cohort', async () => {
    await expect(listCohortSpeakers(join(root, 'b'))).rejects.toThrow(/1 speakers/);
    await expect(listCohortSpeakers(join(root, 'gone'))).rejects.toThrow(
      expect.objectContaining({ code: 'cli/usage', message: expect.stringMatching(/ENOENT/) }),
    );
  });
});

describe('spread', () => {
  it('spreads over all of them', () => {
    const files = Array.from({ length: 10 }, (_, i) => String(i));
    expect(spread(files, 12)).toEqual(files);
    const chosen = spread(files, 4);
    expect(chosen).toHaveLength(4);
    expect(Number(chosen.at(-1))).toBeGreaterThan(6);
    expect(spread(files, 1)).toEqual(['0']);
  });
});
