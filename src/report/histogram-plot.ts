import { area, curveStepAfter, line } from 'd3-shape';
import type { LengthDetails } from '../metrics/evaluation/details.js';
import { type Markup, markup } from './markup.js';
import { evenTicks, figure, plot } from './plot.js';
import { table } from './table.js';
import { count, lengthWords, percent, score } from './words.js';

/** A line across the histogram. */
export interface ScoreMark {
  readonly at: number;
  readonly words: string;
}

interface Step {
  readonly from: number;
  readonly share: number;
}

/** How the scores of both classes spread, each class to its own total. */
export function histogramFigure(
  { length, histogram, figures, equalError }: LengthDetails,
  marks: readonly ScoreMark[],
  scoreWords: string,
): Markup {
  const { from, to, targets, nontargets } = histogram;
  const width = Math.max(1e-9, (to - from) / targets.length);
  const shares = (counts: readonly number[], total: number): readonly Step[] => [
    ...counts.map((value, i) => ({ from: from + i * width, share: value / total })),
    { from: to, share: 0 },
  ];
  const sets = [
    { name: 'nontarget', steps: shares(nontargets, figures.trials - figures.targets) },
    { name: 'target', steps: shares(targets, figures.targets) },
  ];
  const highest = Math.max(...sets.flatMap(({ steps }) => steps.map(({ share }) => share)), 0.01);
  const x: readonly [number, number] = [from, Math.max(to, from + 1e-6)];
  const y: readonly [number, number] = [0, highest * 1.15];
  const words = lengthWords(length);
  const drawing = plot(
    {
      id: `scores-${length ?? 'full'}`,
      title: `Scores at ${words}`,
      description: `Shares of target and nontarget trials by score. Equal error lies at a score of ${score(equalError.threshold)}, where about ${percent(figures.eer)} of either class are on the wrong side.`,
      x: { label: scoreWords, domain: x, ticks: evenTicks(x, 6) },
      y: {
        label: 'share of the class',
        domain: y,
        ticks: evenTicks(y, 4, (value) => `${Number((100 * value).toFixed(1))} %`),
      },
      aspect: 1.3,
    },
    (placing) => ({
      inside: markup`${sets.map(({ name, steps }) => {
        const shape = area<Step>()
          .x((step) => placing.x(step.from))
          .y0(placing.y(0))
          .y1((step) => placing.y(step.share))
          .curve(curveStepAfter)(steps);
        const outline = line<Step>()
          .x((step) => placing.x(step.from))
          .y((step) => placing.y(step.share))
          .curve(curveStepAfter)(steps);
        return markup`<path class="area ${name}" d="${shape}"/><path class="outline ${name}" d="${outline}"/>`;
      })}${marks.map(
        ({ at, words }, i) =>
          markup`<line class="mark mark-${i}" x1="${placing.x(at)}" x2="${placing.x(at)}" y1="${placing.top}" y2="${placing.bottom}"><title>${words}: ${score(at)}</title></line>`,
      )}`,
      above: markup`<g class="legend"><rect class="swatch nontarget" x="${placing.left + 8}" y="${placing.top + 8}" width="11" height="11"/><text x="${placing.left + 24}" y="${placing.top + 18}">different people</text><rect class="swatch target" x="${placing.left + 8}" y="${placing.top + 25}" width="11" height="11"/><text x="${placing.left + 24}" y="${placing.top + 35}">same person</text></g>`,
    }),
  );
  const binWords = (i: number) => `${score(from + i * width)} to ${score(from + (i + 1) * width)}`;
  return figure(
    drawing,
    markup`<strong>Scores at ${words}.</strong> Each class adds up to 100 %. Lines: ${marks.map(({ at, words: mark }, i) => markup`${i > 0 ? '; ' : ''}${mark} at ${score(at)}`)}.`,
    table(
      `Trials by score at ${words}`,
      [
        { heading: 'score', kind: 'name' },
        { heading: 'different people' },
        { heading: 'same person' },
      ],
      targets.flatMap((value, i) =>
        value + (nontargets[i] ?? 0) === 0
          ? []
          : [[binWords(i), count(nontargets[i] ?? 0), count(value)]],
      ),
    ),
  );
}
