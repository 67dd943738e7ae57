import { line } from 'd3-shape';
import { probit } from '../metrics/det-curve.js';
import type { LengthDetails } from '../metrics/evaluation/details.js';
import { lengthName } from '../metrics/evaluation/details.js';
import { type Markup, markup } from './markup.js';
import { type Axis, figure, type Placing, plot } from './plot.js';
import { table } from './table.js';
import { cost, lengthWords, percent, score } from './words.js';

const RATES = [0.0001, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];
const HIGHEST = 0.7;

/**
 * Misses against false accepts on probit axes, one line per length.
 *
 * @param cosine - The longest length before normalisation, where the rest is after it.
 */
export function detFigure(lengths: readonly LengthDetails[], cosine?: LengthDetails): Markup {
  const longest = lengths.at(-1);
  const lowest = Math.max(
    0.0002,
    Math.min(
      0.02,
      ...lengths.map(
        ({ figures }) => 1 / Math.max(figures.targets, figures.trials - figures.targets),
      ),
    ) / 1.5,
  );
  const domain: readonly [number, number] = [probit(lowest), probit(HIGHEST)];
  const ticks = RATES.filter((rate) => rate >= lowest && rate <= HIGHEST).map((rate) => ({
    at: probit(rate),
    words: percent(rate).replace('.0 ', ' '),
  }));
  const axis = (label: string): Axis => ({ label, domain, ticks });
  const drawing = plot(
    {
      id: 'det',
      title: 'DET curves',
      description: `The trade between false accepts and misses at each length. ${lengths
        .map(({ length, figures }) => `${lengthWords(length)}: equal error ${percent(figures.eer)}`)
        .join('; ')}.`,
      x: axis('false accepts (impostors let in)'),
      y: axis('misses (right person rejected)'),
      aspect: 1.08,
    },
    (placing) => ({
      inside: markup`<line class="diagonal" x1="${placing.x(domain[0])}" y1="${placing.y(domain[0])}" x2="${placing.x(domain[1])}" y2="${placing.y(domain[1])}"/>
${cosine && markup`<path class="curve cosine" d="${pathOf(cosine, placing)}"/>`}${lengths.map((details) => markup`<path class="curve series-${lengthName(details.length)}" d="${pathOf(details, placing)}"/>`)}
${lengths.map(({ length, figures }) => {
  const at = probit(figures.eer);
  if (!Number.isFinite(at)) return '';
  return markup`<circle class="point series-${lengthName(length)}" cx="${placing.x(at)}" cy="${placing.y(at)}" r="4"><title>${lengthWords(length)}: equal error rate ${percent(figures.eer)}</title></circle>`;
})}`,
      above: markup`${legend(lengths, placing)}${longest?.cheapest.map((point) => {
        const at = [probit(point.falseAcceptRate), probit(point.missRate)].map((value) =>
          Math.max(domain[0], Math.min(domain[1], value)),
        );
        const [x, y] = [placing.x(at[0] ?? 0), placing.y(at[1] ?? 0)];
        return markup`<path class="cheapest" d="M${x} ${y - 6}l6 6l-6 6l-6 -6z"><title>least cost at a target prior of ${point.targetPrior}: ${cost(point.cost)}, with ${percent(point.falseAcceptRate)} false accepts and ${percent(point.missRate)} misses</title></path>`;
      })}`,
    }),
  );
  return figure(
    drawing,
    markup`<strong>DET curves.</strong> Lower left is better. Circles lie where both errors are equal, diamonds where the detection cost at full length is least (target priors ${longest?.cheapest.map(({ targetPrior }) => targetPrior).join(' and ')}, both errors cost 1).${cosine && ' Thin: cosine scores at full length, before normalisation.'}`,
    table(
      'Points on the DET curves',
      [
        { heading: 'length', kind: 'name' },
        { heading: 'point', kind: 'name' },
        { heading: 'false accepts' },
        { heading: 'misses' },
        { heading: 'threshold' },
      ],
      lengths.flatMap(({ length, equalError, cheapest }) => [
        [
          lengthWords(length),
          'next to equal error',
          percent(equalError.falseAcceptRate),
          percent(equalError.missRate),
          score(equalError.threshold),
        ],
        ...cheapest.map((point) => [
          lengthWords(length),
          `least cost, prior ${point.targetPrior}`,
          percent(point.falseAcceptRate),
          percent(point.missRate),
          score(point.threshold),
        ]),
      ]),
    ),
  );
}

function pathOf({ det }: LengthDetails, placing: Placing): string {
  const path = line<(typeof det)[number]>()
    .x(({ falseAcceptProbit }) => placing.x(falseAcceptProbit))
    .y(({ missProbit }) => placing.y(missProbit));
  return path(det) ?? '';
}

function legend(lengths: readonly LengthDetails[], { right, top }: Placing): Markup {
  return markup`<g class="legend">${lengths.map(({ length }, i) => {
    const y = top + 18 + i * 17;
    return markup`<line class="curve series-${lengthName(length)}" x1="${right - 104}" x2="${right - 78}" y1="${y - 4}" y2="${y - 4}"/><text x="${right - 71}" y="${y}">${lengthWords(length)}</text>`;
  })}</g>`;
}
