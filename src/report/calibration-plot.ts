import type { LengthDetails } from '../metrics/evaluation/details.js';
import type { ReliabilityBin } from '../metrics/evaluation/reliability.js';
import { type Markup, markup } from './markup.js';
import { type Axis, figure, type Placing, plot } from './plot.js';
import { table } from './table.js';
import { cost, count, lengthWords, odds } from './words.js';

const DECADES = 3.3;
const LIMIT = DECADES * Math.LN10;
const TICKS = [-3, -2, -1, 0, 1, 2, 3].map((decade) => ({
  at: decade * Math.LN10,
  words: decade > 0 ? `${10 ** decade}:1` : `1:${10 ** -decade}`,
}));

/** Observed against stated odds; on the diagonal, the model means what it says. */
export function calibrationFigure({ length, reliability, figures }: LengthDetails): Markup {
  const words = lengthWords(length);
  const bins = reliability ?? [];
  const axis = (label: string): Axis => ({ label, domain: [-LIMIT, LIMIT], ticks: TICKS });
  const loss = (figures.cllr ?? 0) - figures.minCllr;
  const drawing = plot(
    {
      id: `calibration-${length ?? 'full'}`,
      title: `Calibration at ${words}`,
      description: `Odds that the model stated against odds that were observed, in ${bins.length} groups of trials. Cllr ${cost(figures.cllr ?? 0)}, of which ${cost(Math.max(0, loss))} is lost by calibration.`,
      x: axis('stated odds, same : different person'),
      y: axis('observed odds'),
      aspect: 1.08,
    },
    (placing) => ({
      inside: markup`<line class="diagonal" x1="${placing.x(-LIMIT)}" y1="${placing.y(-LIMIT)}" x2="${placing.x(LIMIT)}" y2="${placing.y(LIMIT)}"/>${bins.map((bin) => mark(bin, placing))}`,
    }),
  );
  return figure(
    drawing,
    markup`<strong>Calibration at ${words}.</strong> Above the diagonal the model was too doubtful, below it too sure. Cllr ${cost(figures.cllr ?? 0)}, minCllr ${cost(figures.minCllr)}: ${loss >= 0 ? `calibration costs ${cost(loss)}` : 'less, because the calibration knows the duration of the audio, which a threshold on the score does not'}. Bars: 95 %, as if trials were independent; triangles: only one kind of trial in the group.`,
    table(
      `Calibration at ${words}`,
      [
        { heading: 'stated', kind: 'name' },
        { heading: 'observed' },
        { heading: '95 %' },
        { heading: 'same person' },
        { heading: 'different people' },
      ],
      bins.map((bin) => [
        odds(bin.stated),
        bin.observed === null ? '–' : odds(bin.observed),
        bin.interval === null ? '–' : bin.interval.map(odds).join(' to '),
        count(bin.targets),
        count(bin.nontargets),
      ]),
    ),
  );
}

function mark({ stated, observed, interval, targets }: ReliabilityBin, placing: Placing): Markup {
  const x = placing.x(Math.max(-LIMIT, Math.min(LIMIT, stated)));
  if (observed === null || interval === null) {
    return targets > 0
      ? markup`<path class="alone" d="M${x} ${placing.top + 4}l6 9h-12z"><title>stated ${odds(stated)}: only the same person</title></path>`
      : markup`<path class="alone" d="M${x} ${placing.bottom - 4}l6 -9h-12z"><title>stated ${odds(stated)}: only different people</title></path>`;
  }
  return markup`<line class="whisker" x1="${x}" x2="${x}" y1="${placing.y(interval[0])}" y2="${placing.y(interval[1])}"/><circle class="point series-full" cx="${x}" cy="${placing.y(observed)}" r="4"><title>stated ${odds(stated)}, observed ${odds(observed)}</title></circle>`;
}
