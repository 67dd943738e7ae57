import type { TrialSpeakers } from '../bootstrap.js';
import type { TrialList } from '../trial-list.js';
import { type ScoredTrials, speakersOfScored } from './scored-trials.js';

/** How one speaker's trials went at a threshold. */
export interface SpeakerErrors {
  /** What the names of the speaker's files have in common; a file "and the like" where that tells nobody. */
  readonly speaker: string;
  /** This person's own trials. */
  readonly targets: number;
  /** This person's own trials that were rejected. */
  readonly missed: number;
  /** Nontarget trials with this speaker on either side. */
  readonly nontargets: number;
  /** How many of those were accepted. */
  readonly accepted: number;
}

/** Speakers in {@link speakerErrors}. */
const MOST_ERRORS = 15;

/**
 * The speakers who suffer the most errors at a threshold, by the mean of both error rates.
 *
 * @param everyone - Who speaks in the trials of the list.
 */
export function speakerErrors(
  list: TrialList,
  scored: ScoredTrials,
  everyone: TrialSpeakers,
  threshold: number,
  count = MOST_ERRORS,
): readonly SpeakerErrors[] {
  const names = speakerNames(list, everyone);
  const tallies = names.map(() => ({ targets: 0, missed: 0, nontargets: 0, accepted: 0 }));
  const sides = speakersOfScored(scored, everyone);
  for (let i = 0; i < scored.scores.length; i++) {
    const above = (scored.scores[i] ?? 0) >= threshold;
    const enroll = tallies[sides.enroll[i] ?? 0];
    const test = tallies[sides.test[i] ?? 0];
    if (enroll === undefined || test === undefined) continue;
    if (scored.labels[i] === 1) {
      enroll.targets++;
      if (!above) enroll.missed++;
      continue;
    }
    for (const side of enroll === test ? [enroll] : [enroll, test]) {
      side.nontargets++;
      if (above) side.accepted++;
    }
  }
  return tallies
    .map((tally, speaker) => ({ speaker: names[speaker] ?? '', ...tally }))
    .filter(({ missed, accepted }) => missed + accepted > 0)
    .sort((a, b) => meanRate(b) - meanRate(a))
    .slice(0, count);
}

function meanRate({ targets, missed, nontargets, accepted }: SpeakerErrors): number {
  return missed / Math.max(1, targets) + accepted / Math.max(1, nontargets);
}

/** What the file names of each speaker have in common: the folder, or the start of the names. */
export function speakerNames(list: TrialList, everyone: TrialSpeakers): readonly string[] {
  const common: (string | undefined)[] = [];
  const first: string[] = [];
  const seen = new Uint8Array(list.files.length);
  const add = (file: number, speaker: number) => {
    if (seen[file] === 1) return;
    seen[file] = 1;
    const name = list.files[file] ?? '';
    const before = common[speaker];
    common[speaker] = before === undefined ? name : commonStart(before, name);
    first[speaker] ??= name;
  };
  for (let trial = 0; trial < list.labels.length; trial++) {
    add(list.enroll[trial] ?? 0, everyone.enroll[trial] ?? 0);
    add(list.test[trial] ?? 0, everyone.test[trial] ?? 0);
  }
  const short = common.map((start = '', speaker) => {
    if (start === first[speaker]) return start;
    const folder = start.slice(0, Math.max(0, start.lastIndexOf('/')));
    return start.endsWith('/') ? folder : start.replace(/[\s._/-]*\d*$/, '') || folder;
  });
  const uses = new Map<string, number>();
  for (const name of short) uses.set(name, (uses.get(name) ?? 0) + 1);
  return short.map((name, speaker) =>
    name !== '' && uses.get(name) === 1 ? name : `${first[speaker] ?? ''} and the like`,
  );
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
