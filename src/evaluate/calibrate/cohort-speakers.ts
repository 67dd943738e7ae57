import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { VoiceprintError } from '../../errors.js';
import { errorCode } from '../../models/output-folder.js';

/** One speaker of a cohort and their recordings, relative to the folder that was listed. */
export interface CohortSpeaker {
  readonly name: string;
  /** In order. */
  readonly files: readonly string[];
}

const AUDIO = new Set(['.wav', '.flac', '.opus', '.ogg', '.mp3', '.aif', '.aiff']);

/**
 * Finds the speakers of a folder of recordings, however deep: a folder that holds recordings is a
 * speaker, and a recording at the top is one, too.
 *
 * @throws VoiceprintError `cli/usage` for a folder that cannot be read or holds fewer than two
 *   speakers.
 */
export async function listCohortSpeakers(root: string): Promise<readonly CohortSpeaker[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (cause: unknown) => {
      throw new VoiceprintError(
        'cli/usage',
        `cannot read the cohort's folder ${root} (${errorCode(cause)}); give a folder of recordings, one folder per speaker`,
        { cause },
      );
    },
  );
  const bySpeaker = new Map<string, string[]>();
  for (const entry of entries) {
    if (!entry.isFile() || !AUDIO.has(extname(entry.name).toLowerCase())) continue;
    const folder = entry.parentPath.slice(join(root).length).replace(/^[\\/]+/, '');
    const file = join(folder, entry.name);
    const name = folder === '' ? entry.name : folder;
    const files = bySpeaker.get(name) ?? [];
    files.push(file);
    bySpeaker.set(name, files);
  }
  if (bySpeaker.size < 2) {
    throw new VoiceprintError(
      'cli/usage',
      `${root} holds recordings of ${bySpeaker.size} speakers; a cohort needs at least 2, better some hundred: one folder per speaker`,
    );
  }
  return [...bySpeaker]
    .map(([name, files]) => ({ name, files: files.sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** At most `count` of many, spread evenly from the first to the last. */
export function spread<T>(many: readonly T[], count: number): readonly T[] {
  if (many.length <= count) return many;
  const bucket = (i: number) => Math.floor((i * count) / many.length);
  return many.filter((_, i) => i === 0 || bucket(i) !== bucket(i - 1));
}
