import type { LengthDetails } from './details.js';
import type { ListSummary } from './list-summary.js';

/** With fewer speakers than this, intervals by speaker are too narrow themselves. */
const ENOUGH_SPEAKERS = 20;

const count = new Intl.NumberFormat('en');

/** What a reader has to know before believing the figures. */
export function evaluationNotes(
  list: ListSummary,
  lengths: readonly LengthDetails[],
  skippedFiles: number,
  skippedTrials: number,
): readonly string[] {
  const notes: string[] = [];
  if (list.speakers < ENOUGH_SPEAKERS) {
    notes.push(
      `The list has ${list.speakers} speakers. With fewer than ${ENOUGH_SPEAKERS}, the intervals are wide and still too narrow: other people may do much better or worse. Take the figures as a first look.`,
    );
  }
  if (list.acrossCorpora > 0) {
    const share = list.acrossCorpora / (list.trials - list.targets);
    notes.push(
      `${count.format(list.acrossCorpora)} of the nontarget trials (${(100 * share).toFixed(0)} %) pair files of different folders (${list.corpora.slice(0, 4).join(', ')}). If these are corpora of their own, their channels differ and tell the speakers apart: such trials flatter the system.`,
    );
  }
  const nontargets = list.trials - list.targets;
  if (nontargets < 1000) {
    notes.push(
      `${count.format(nontargets)} nontarget trials support no false-accept rate below ${percent(3 / nontargets)} (rule of three).`,
    );
  }
  const perfect = lengths.filter(({ figures }) => figures.eer === 0);
  if (perfect.length > 0) {
    const unseen = `${percent(Math.min(1, 3 / list.targets))} misses and ${percent(Math.min(1, 3 / nontargets))} false accepts`;
    notes.push(
      `No error was seen at ${perfect.map(({ length }) => (length === null ? 'full length' : `${length} s`)).join(', ')}. That is not an error rate of 0: ${unseen} cannot be excluded from so many trials (rule of three), more as trials share speakers.`,
    );
  }
  const short = lengths.find(({ shorter, figures }) => shorter > 0.2 * figures.trials);
  if (short !== undefined) {
    notes.push(
      `From ${short.length} s on, many recordings are shorter than the length that they are listed under (${percent(short.shorter / short.figures.trials)} of the trials at ${short.length} s): they are scored on what there is.`,
    );
  }
  if (list.duplicates > 0) {
    notes.push(
      `${count.format(list.duplicates)} trials repeat an earlier one and count each time.`,
    );
  }
  if (skippedFiles > 0) {
    notes.push(
      `${plural(skippedFiles, 'file')} could not be used, so ${plural(skippedTrials, 'trial')} are missing from every figure.`,
    );
  }
  if (lengths[0]?.reliability === null) {
    notes.push('The model carries no calibration: there is no actual detection cost and no Cllr.');
  }
  return notes;
}

function plural(value: number, singular: string): string {
  return `${count.format(value)} ${singular}${value === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
