import type { TrialSpeakers } from './bootstrap.js';
import type { TrialList } from './trial-list.js';

/**
 * Who speaks in which file, as far as a trial list tells: files that target trials link, directly
 * or through others, are one speaker. A file that is in no target trial goes by its folder.
 */
export function speakersOfTrials(list: TrialList): TrialSpeakers {
  const parents = Uint32Array.from(list.files, (_, i) => i);
  const inTarget = new Uint8Array(list.files.length);
  for (let i = 0; i < list.labels.length; i++) {
    if (list.labels[i] !== 1) continue;
    const enroll = list.enroll[i] ?? 0;
    const test = list.test[i] ?? 0;
    inTarget[enroll] = inTarget[test] = 1;
    parents[rootOf(parents, enroll)] = rootOf(parents, test);
  }
  const folders = new Map<string, number>();
  list.files.forEach((file, i) => {
    if (inTarget[i] === 1) return;
    const folder = file.slice(0, Math.max(0, file.lastIndexOf('/')));
    parents[i] = folders.get(folder) ?? i;
    if (!folders.has(folder)) folders.set(folder, i);
  });
  const numbers = new Map<number, number>();
  const speakers = Uint32Array.from(list.files, (_, i) => {
    const root = rootOf(parents, i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  const spokenBy = (file: number) => speakers[file] ?? 0;
  return { enroll: list.enroll.map(spokenBy), test: list.test.map(spokenBy) };
}

function rootOf(parents: Uint32Array, start: number): number {
  let at = start;
  let parent = parents[at] ?? at;
  while (parent !== at) {
    // Halving the path keeps later look-ups short.
    parents[at] = parents[parent] ?? parent;
    at = parent;
    parent = parents[at] ?? at;
  }
  return at;
}
