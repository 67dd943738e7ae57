import { scaleLinear } from 'd3-scale';
import { type Markup, markup } from './markup.js';

/** One axis of a plot, in the plot's own units. */
export interface Axis {
  readonly label: string;
  /** From left to right, or from bottom to top. */
  readonly domain: readonly [number, number];
  readonly ticks: readonly { readonly at: number; readonly words: string }[];
}

/** A plot without its contents. */
export interface PlotFrame {
  /** Unique in the document. */
  readonly id: string;
  readonly title: string;
  /** What the plot shows, for those who do not see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Width over height of the whole drawing. @defaultValue 1.25 */
  readonly aspect?: number;
}

/** Places values on the drawing. */
export interface Placing {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

// Drawn at about the size at which a phone shows it, so that its text stays readable there.
const WIDTH = 440;
const MARGIN = { top: 12, right: 14, bottom: 46, left: 68 };

/** Draws a plot: frame, grid and labels, then what `draw` gives, which is cut at the frame. */
export function plot(
  frame: PlotFrame,
  draw: (placing: Placing) => { readonly inside: Markup; readonly above?: Markup },
): Markup {
  const height = Math.round(WIDTH / (frame.aspect ?? 1.25));
  const right = WIDTH - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const x = scaleLinear(frame.x.domain, [MARGIN.left, right]);
  const y = scaleLinear(frame.y.domain, [bottom, MARGIN.top]);
  const placing: Placing = {
    x: (value) => round(x(value)),
    y: (value) => round(y(value)),
    left: MARGIN.left,
    right,
    top: MARGIN.top,
    bottom,
  };
  const { inside, above } = draw(placing);
  const size = { width: right - MARGIN.left, height: bottom - MARGIN.top };
  return markup`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${frame.id}-title ${frame.id}-text">
<title id="${frame.id}-title">${frame.title}</title>
<desc id="${frame.id}-text">${frame.description}</desc>
<defs><clipPath id="${frame.id}-clip"><rect x="${MARGIN.left}" y="${MARGIN.top}" width="${size.width}" height="${size.height}"/></clipPath></defs>
<g class="grid">${frame.x.ticks.map(({ at }) => markup`<line x1="${placing.x(at)}" x2="${placing.x(at)}" y1="${MARGIN.top}" y2="${bottom}"/>`)}${frame.y.ticks.map(({ at }) => markup`<line x1="${MARGIN.left}" x2="${right}" y1="${placing.y(at)}" y2="${placing.y(at)}"/>`)}</g>
<g clip-path="url(#${frame.id}-clip)">${inside}</g>
<rect class="frame" x="${MARGIN.left}" y="${MARGIN.top}" width="${size.width}" height="${size.height}"/>
<g class="ticks">${frame.x.ticks.map(({ at, words }) => markup`<text x="${placing.x(at)}" y="${bottom + 16}" text-anchor="middle">${words}</text>`)}${frame.y.ticks.map(({ at, words }) => markup`<text x="${MARGIN.left - 7}" y="${placing.y(at) + 4}" text-anchor="end">${words}</text>`)}</g>
<g class="labels"><text x="${(MARGIN.left + right) / 2}" y="${height - 8}" text-anchor="middle">${frame.x.label}</text><text transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${frame.y.label}</text></g>
${above}</svg>`;
}

/** Evenly spaced ticks of a linear axis. */
export function evenTicks(
  domain: readonly [number, number],
  wanted: number,
  words?: (value: number) => string,
): Axis['ticks'] {
  const scale = scaleLinear(domain, [0, 1]);
  const format = words ?? scale.tickFormat(wanted);
  return scale.ticks(wanted).map((at) => ({ at, words: format(at) }));
}

/** A figure: the plot, what it says in words, and its numbers for those who want or need them. */
export function figure(drawing: Markup, caption: Markup, table?: Markup): Markup {
  return markup`<figure>${drawing}<figcaption>${caption}</figcaption>${
    table === undefined ? '' : markup`<details><summary>Numbers</summary>${table}</details>`
  }</figure>`;
}

const round = (value: number): number => Math.round(value * 100) / 100;
