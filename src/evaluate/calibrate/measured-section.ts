import { MEASURED_SECTION } from '../../convert/model-card.js';
import type { ModelCalibration } from './calibrate-model.js';
import type { CalibrationLoss, MeasuredScale, ThresholdOnLists } from './measure-scale.js';

type Rows = readonly (readonly string[])[];

const { begin: BEGIN, end: END } = MEASURED_SECTION;

/** Equal error rates of whole files by list and length. */
function figureRows(figures: ModelCalibration['figures']): Rows {
  return [
    ['list', 'length', 'EER', '95 %', 'target trials', 'nontarget trials'],
    ...figures.map(({ list, seconds, eer, interval, targets, nontargets }) => [
      list,
      lengthName(seconds),
      percent(eer),
      `${(interval[0] * 100).toFixed(1)}–${percent(interval[1])}`,
      targets.toLocaleString('en'),
      nontargets.toLocaleString('en'),
    ]),
  ];
}

/** Thresholds, and what each does on every list. */
export function thresholdRows(thresholds: readonly ThresholdOnLists[]): Rows {
  const names = thresholds[0]?.lists.map(({ list }) => list) ?? [];
  return [
    [
      'false-accept rate',
      'threshold',
      ...names.map((name) => `false accepts, ${name}`),
      ...names.map((name) => `false rejects, ${name}`),
    ],
    ...thresholds.map(({ threshold, lists }) => [
      String(threshold.falseAcceptRate),
      threshold.score.toFixed(3),
      ...lists.map(({ falseAcceptRate }) => percent(falseAcceptRate)),
      ...lists.map(({ falseRejectRate }) => percent(falseRejectRate)),
    ]),
  ];
}

/** What a calibration costs where it was not fitted. */
export function lossRows(across: readonly CalibrationLoss[]): Rows {
  return [
    ['judged on', 'length', 'Cllr', 'least Cllr', 'loss'],
    ...across.map(({ list, seconds, cllr, minCllr }) => [
      list,
      lengthName(seconds),
      cllr.toFixed(3),
      minCllr.toFixed(3),
      (cllr - minCllr).toFixed(3),
    ]),
  ];
}

/** A calibration by duration. */
export function calibrationRows({ calibration }: MeasuredScale): Rows {
  return [
    ['speech up to', 'scale', 'offset'],
    ...calibration.map(({ maximumSeconds, scale, offset }) => [
      maximumSeconds === null ? 'any' : `${maximumSeconds} s`,
      scale.toFixed(2),
      offset.toFixed(2),
    ]),
  ];
}

/** Equal error rates by cosine and normalised, without pauses. */
export function comparisonRows({ compared }: ModelCalibration): Rows {
  return [
    ['list', 'length', 'EER by cosine', 'EER normalised'],
    ...compared.map(({ list, seconds, cosineEer, normalizedEer }) => [
      list,
      lengthName(seconds),
      percent(cosineEer),
      percent(normalizedEer),
    ]),
  ];
}

/** What was measured, as a section of a model card. */
export function measuredSection(measured: ModelCalibration): string {
  const decisive = measured.normalized ?? measured.cosine;
  const scale = measured.normalized === undefined ? 'cosines' : 'normalised scores (AS-norm)';
  return [
    BEGIN,
    '### Equal error rates',
    'Whole files or their first seconds, cosine of single utterances; intervals are bootstrapped by speaker.',
    markdownTable(figureRows(measured.figures)),
    '### Thresholds',
    `On ${scale}, speech without its pauses, whole utterances, one enrolled. A threshold keeps false accepts below the rate on each list by itself; no rate is offered that the trials cannot support (rule of three).`,
    markdownTable(thresholdRows(decisive.thresholds)),
    '### Calibration',
    `Log-likelihood ratios are \`scale * score + offset\` on ${scale}, by the seconds of speech of the shorter side.`,
    markdownTable(calibrationRows(decisive)),
    ...(decisive.across.length === 0
      ? ['It was fitted on these trials and judged on no others: expect it to be worse elsewhere.']
      : [
          'Fitted on the other list, judged on this one:',
          markdownTable(lossRows(decisive.across)),
        ]),
    END,
  ].join('\n\n');
}

/** A model card whose measured section is replaced, or added at its end. */
export function withMeasuredSection(card: string, section: string): string {
  const begin = card.indexOf(BEGIN);
  const end = card.indexOf(END);
  if (begin === -1 || end < begin)
    return `${card.trimEnd()}\n\n## Measured on your own trials\n\n${section}\n`;
  return card.slice(0, begin) + section + card.slice(end + END.length);
}

/** Rows as a table of Markdown; the first is its head. */
export function markdownTable(rows: Rows): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...body.map(line)].join('\n');
}

function lengthName(seconds: number | null): string {
  return seconds === null ? 'full' : `${seconds} s`;
}

/** 0.0123 as `1.2 %`. */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
