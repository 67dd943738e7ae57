import { html, svg, type TemplateResult } from 'lit';

const RINGS = 16;
const POINTS = 120;

/** Rings that a sum of a few sines bends, like a thumb print made of sound. A picture, no data. */
function ring(index: number): string {
  const radius = 18 + index * 13;
  const points = Array.from({ length: POINTS }, (_, n) => {
    const angle = (n / POINTS) * 2 * Math.PI;
    const bend =
      Math.sin(angle * 3 + index * 0.35) * 3.2 +
      Math.sin(angle * 7 - index * 0.6) * 1.7 +
      Math.sin(angle * 13 + index * 0.9) * (index % 3);
    const r = radius + bend * (0.4 + index / 18);
    const x = 250 + Math.cos(angle) * r * 0.86;
    const y = 250 + Math.sin(angle) * r * 1.08;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}Z`;
}

const PATHS = Array.from({ length: RINGS }, (_, index) => ring(index));

export function heroPrint(): TemplateResult {
  return html`<svg class="print" viewBox="0 0 500 500" aria-hidden="true">
    ${PATHS.map((path) => svg`<path d=${path} />`)}
  </svg>`;
}
