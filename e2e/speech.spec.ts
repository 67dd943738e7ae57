import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { enrollFiles, expect, identifyFile, test, untilReady, verifyFile } from './support/demo.js';
import { SPEECH } from './support/paths.js';

/** Two readers of LibriSpeech; not 19 and 26, who sound alike to every encoder. */
const READERS = ['19', '237'] as const;
const folder = resolve(SPEECH, 'dev/librispeech');
const there = existsSync(folder);
if (!there) console.warn(`real recordings: skipped, there is no ${folder}`);

/** Longest first: the shortest are refused, as they should be. */
function recordings(reader: string): string[] {
  const files = readdirSync(resolve(folder, reader)).filter((name) => name.endsWith('.flac'));
  return files
    .map((name) => resolve(folder, reader, name))
    .map((path) => ({ path, size: statSync(path).size }))
    .sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

test.describe('on real recordings', () => {
  test.skip(!there, 'no ../shared/speech');
  test.describe.configure({ timeout: 180_000 });

  test('accepts each reader, rejects the other, knows who reads', async ({ page, demoServer }) => {
    await page.goto(demoServer.address);
    await untilReady(page);
    for (const reader of READERS) await enrollFiles(page, reader, recordings(reader).slice(0, 3));
    for (const reader of READERS) {
      const [probe = ''] = recordings(reader).slice(3);
      for (const claimed of READERS) {
        expect(await verifyFile(page, claimed, probe), `${probe} as ${claimed}`).toBe(
          claimed === reader,
        );
      }
      expect(await identifyFile(page, probe)).toBe(reader);
    }
  });
});
