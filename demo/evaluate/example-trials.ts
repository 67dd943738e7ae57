import { exampleVoices } from '../state/example-voices.js';
import type { GivenFile } from './folder-files.js';

/** The synthesized voices of the site as a folder, and all their pairs as a trial list. */
export async function exampleTrials(): Promise<{
  readonly files: readonly GivenFile[];
  readonly list: File;
}> {
  const voices = await exampleVoices();
  const files = voices.map(({ name, file }) => {
    const path = `${name.split('-')[0]}/${name}.flac`;
    return { path, speaker: path.split('/')[0], file: new File([file], `${name}.flac`) };
  });
  const lines = files.flatMap((a, i) =>
    files.slice(i + 1).map((b) => `${a.speaker === b.speaker ? 1 : 0} ${a.path} ${b.path}\n`),
  );
  return { files, list: new File(lines, 'example-trials.txt') };
}
