import type { TrialList } from '../trial-list.js';
import { lengthName } from './details.js';
import { type FileEmbedding, type Length, scoreTrials } from './scored-trials.js';

const LINES_PER_CHUNK = 4096;

/**
 * The cosine of every trial at every length as comma-separated values (RFC 4180), in the order of
 * the list: `label,enroll,test,cosine_1,...,cosine_full`. Trials of files that were left out have
 * empty scores.
 *
 * @returns pieces of text, so that long lists need not be held at once.
 */
export function* scoresCsv(
  list: TrialList,
  lengths: readonly Length[],
  embeddings: readonly (readonly FileEmbedding[] | undefined)[],
): Generator<string> {
  const columns = lengths.map((_, i) => {
    const { trials, scores } = scoreTrials(
      list,
      embeddings.map((ofFile) => ofFile?.[i]),
    );
    return { trials, scores, at: 0 };
  });
  const names = list.files.map(field);
  let lines = [
    ['label', 'enroll', 'test', ...lengths.map((l) => `cosine_${lengthName(l)}`)].join(','),
  ];
  for (let trial = 0; trial < list.labels.length; trial++) {
    const scores = columns.map((column) => {
      if (column.trials[column.at] !== trial) return '';
      return (column.scores[column.at++] ?? 0).toFixed(6);
    });
    const enroll = names[list.enroll[trial] ?? 0];
    const test = names[list.test[trial] ?? 0];
    lines.push([list.labels[trial], enroll, test, ...scores].join(','));
    if (lines.length >= LINES_PER_CHUNK) {
      yield `${lines.join('\r\n')}\r\n`;
      lines = [];
    }
  }
  if (lines.length > 0) yield `${lines.join('\r\n')}\r\n`;
}

/** Quoted where it must be; a leading `=`, `+`, `-` or `@` would be a formula in a spreadsheet. */
function field(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
