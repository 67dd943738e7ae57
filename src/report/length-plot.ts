import type { LengthDetails } from '../metrics/evaluation/details.js';
import { type Markup, markup } from './markup.js';
import { evenTicks, figure, plot } from './plot.js';
import { table } from './table.js';
import { exactInterval, exactPercent, lengthWords, percent } from './words.js';

/** Equal error rate by length, with its interval. */
export function lengthFigure(lengths: readonly LengthDetails[]): Markup {
  const highest = Math.max(0.01, ...lengths.map(({ figures }) => figures.intervals.eer[1]));
  const y: readonly [number, number] = [0, highest * 1.12];
  const drawing = plot(
    {
      id: 'lengths',
      title: 'Equal error rate by length',
      description: lengths
        .map(({ length, figures }) => `${lengthWords(length)}: ${percent(figures.eer)}`)
        .join('; '),
      x: {
        label: 'audio on both sides',
        // Room for the words beside the last point.
        domain: [-0.4, lengths.length - 0.25],
        ticks: lengths.map(({ length }, at) => ({
          at,
          words: length === null ? 'full' : `${length} s`,
        })),
      },
      y: {
        label: 'equal error rate',
        domain: y,
        ticks: evenTicks(y, 5, (value) => `${Number((100 * value).toFixed(1))} %`),
      },
      aspect: 1.08,
    },
    (placing) => ({
      inside: markup`${lengths.map(({ length, figures }, i) => {
        const [low, high] = figures.intervals.eer;
        const x = placing.x(i);
        return markup`<line class="whisker wide" x1="${x}" x2="${x}" y1="${placing.y(low)}" y2="${placing.y(high)}"/><circle class="point series-full" cx="${x}" cy="${placing.y(figures.eer)}" r="5"><title>${lengthWords(length)}: ${exactPercent(figures.eer)}, 95 % ${exactInterval(figures.intervals.eer)}</title></circle><text class="value" x="${x + 9}" y="${placing.y(figures.eer) + 4}">${percent(figures.eer)}</text>`;
      })}`,
    }),
  );
  return figure(
    drawing,
    markup`<strong>Error by length.</strong> Bars are 95 % intervals by speaker: how far the rate would move with other people.`,
    table(
      'Equal error rate by length',
      [{ heading: 'length', kind: 'name' }, { heading: 'EER' }, { heading: '95 %' }],
      lengths.map(({ length, figures }) => [
        lengthWords(length),
        exactPercent(figures.eer),
        exactInterval(figures.intervals.eer),
      ]),
    ),
  );
}
