import { MEASURED_SECTION } from '../../convert/model-card.js';
import { LEAST_SPEAKERS, type Threshold, worstList } from '../../models/thresholds.js';
import type { ModelCalibration } from './calibrate-model.js';
import type { CalibrationLoss, MeasuredScale } from './measure-scale.js';
import { FALSE_ACCEPT_RATES } from './measure-thresholds.js';

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

/** Thresholds, the list that each rests on, and the list on which each refuses most. */
export function thresholdRows(thresholds: readonly Threshold[]): Rows {
  return [
    [
      'false-accept rate',
      'threshold',
      'measured on',
      'false accepts there',
      'upper bound',
      'most false rejects',
      'on',
    ],
    ...thresholds.map((threshold) => {
      const { falseAcceptRate, score, list, seconds, lists } = threshold;
      const own = lists
        .find((entry) => entry.list === list)
        ?.lengths.find((entry) => entry.seconds === seconds);
      const worst = worstList(threshold);
      return [
        rateWords(falseAcceptRate),
        score.toFixed(3),
        seconds === null ? list : `${list}, ${lengthName(seconds)}`,
        own === undefined ? '–' : percent(own.falseAcceptRate),
        own === undefined ? '–' : percent(own.falseAcceptBound),
        worst === undefined ? '–' : percent(worst.falseRejectRate),
        worst?.list ?? '–',
      ];
    }),
  ];
}

/** What each threshold does on every list, by seconds of speech: false accepts / false rejects. */
export function thresholdErrorRows(thresholds: readonly Threshold[]): Rows {
  const [first] = thresholds;
  if (first === undefined) return [];
  return [
    [
      'list',
      'speakers',
      'speech',
      ...thresholds.map(({ falseAcceptRate }) => `at ${rateWords(falseAcceptRate)}`),
    ],
    ...first.lists.flatMap((errors, l) =>
      errors.lengths.map(({ seconds }, s) => [
        errors.list,
        String(errors.speakers),
        lengthName(seconds),
        ...thresholds.map(({ lists }) => {
          const at = lists[l]?.lengths[s];
          return at === undefined
            ? '–'
            : `${share(at.falseAcceptRate)} / ${percent(at.falseRejectRate)}`;
        }),
      ]),
    ),
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
    decisive.thresholds.length === 0
      ? `None: ${NO_THRESHOLD}.`
      : `On ${scale}, speech without its pauses, one utterance enrolled. The 95 % upper bound of the false-accept rate, over speakers, stays below the rate on every list of ${LEAST_SPEAKERS} speakers or more by itself, at every length that is accepted.`,
    ...(decisive.thresholds.length === 0
      ? []
      : [
          markdownTable(thresholdRows(decisive.thresholds)),
          'False accepts / false rejects on every list, by seconds of speech:',
          markdownTable(thresholdErrorRows(decisive.thresholds)),
        ]),
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

/** Why there is no threshold. */
export const NO_THRESHOLD = `the laxest rate, ${rateWords(FALSE_ACCEPT_RATES[0])}, needs ${LEAST_SPEAKERS} speakers and ${Math.ceil(3 / FALSE_ACCEPT_RATES[0])} nontarget trials on one list (rule of three), with an upper bound over speakers that stays below it`;

function rateWords(rate: number): string {
  return `${Number((rate * 100).toPrecision(3))} %`;
}

function share(rate: number): string {
  return (rate * 100).toFixed(1);
}

/** 0.0123 as `1.2 %`. */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
