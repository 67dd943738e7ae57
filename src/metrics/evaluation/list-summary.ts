import type { TrialSpeakers } from '../bootstrap.js';
import type { TrialList } from '../trial-list.js';

/** What a trial list is made of, as far as its names tell. */
export interface ListSummary {
  /** All trials. */
  readonly trials: number;
  /** Trials of one person. */
  readonly targets: number;
  /** Different file names among the trials. */
  readonly files: number;
  /** Different speakers on either side of the trials. */
  readonly speakers: number;
  /** Trials that repeat an earlier one. */
  readonly duplicates: number;
  /** Folders at the top that seem to be corpora: they hold several speakers each. */
  readonly corpora: readonly string[];
  /** Nontarget trials between two of them. */
  readonly acrossCorpora: number;
}

const SPEAKERS_OF_A_CORPUS = 3;

/** Describes a trial list. */
export function summarizeList(list: TrialList, everyone: TrialSpeakers): ListSummary {
  const folders = list.files.map((file) => /^\.?\/*([^/]+)\//.exec(file)?.[1] ?? '');
  const speakersByFolder = new Map<string, Set<number>>();
  const speakers = new Set<number>();
  const note = (file: number, speaker: number) => {
    speakers.add(speaker);
    const folder = folders[file] ?? '';
    const known = speakersByFolder.get(folder) ?? new Set();
    speakersByFolder.set(folder, known.add(speaker));
  };
  for (let trial = 0; trial < list.labels.length; trial++) {
    note(list.enroll[trial] ?? 0, everyone.enroll[trial] ?? 0);
    note(list.test[trial] ?? 0, everyone.test[trial] ?? 0);
  }
  const isCorpora =
    speakersByFolder.size > 1 &&
    [...speakersByFolder.values()].every(({ size }) => size >= SPEAKERS_OF_A_CORPUS);
  let acrossCorpora = 0;
  for (let trial = 0; isCorpora && trial < list.labels.length; trial++) {
    const across = folders[list.enroll[trial] ?? 0] !== folders[list.test[trial] ?? 0];
    if (across && list.labels[trial] === 0) acrossCorpora++;
  }
  return {
    trials: list.labels.length,
    targets: list.targets,
    files: list.files.length,
    speakers: speakers.size,
    duplicates: list.duplicates,
    corpora: isCorpora ? [...speakersByFolder.keys()] : [],
    acrossCorpora,
  };
}
