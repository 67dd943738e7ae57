import { html, nothing, svg, type TemplateResult } from 'lit';
import type { Verification } from '../../verifier/types.js';
import type { WidgetStrings } from '../strings.js';

/** Where a score lies on an axis from one end of a range to the other, 0 to 1. */
export function axisShare(score: number, [from, to]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (score - from) / (to - from)));
}

/** `done` from 0 to 1; undefined sweeps. The share itself is set by the element, as CSP allows. */
export function progressBar(label: string, done: number | undefined): TemplateResult {
  const share = done === undefined ? undefined : Math.min(1, Math.max(0, done));
  return html`<div
    class="bar ${share === undefined ? 'unknown' : ''}"
    part="progress"
    role="progressbar"
    aria-label=${label}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${share === undefined ? nothing : Math.round(share * 100)}
  >
    <div class="fill" data-share=${share ?? 0}></div>
  </div>`;
}

export function scoreAxis(
  { score, threshold, accepted }: Verification,
  range: readonly [number, number],
): TemplateResult {
  return html`<div
    class="axis ${accepted ? 'accepted' : 'rejected'}"
    part="axis"
    aria-hidden="true"
    data-score=${axisShare(score, range)}
    data-threshold=${axisShare(threshold, range)}
  >
    <span class="tick"></span><span class="dot"></span>
  </div>`;
}

export type Button = readonly [words: string, action: () => void, id: string];

/** The first button is the one that takes the focus; `primary` says whether it stands out. */
export function buttons(list: readonly Button[], primary = true): TemplateResult {
  return html`<div class="actions" part="actions">
    ${list.map(
      ([words, action, id], index) => html`<button
        type="button"
        class=${primary && index === 0 ? 'primary' : ''}
        part="button ${primary && index === 0 ? 'primary-button' : 'secondary-button'}"
        data-testid="widget-${id}"
        @click=${action}
      >
        ${words}
      </button>`,
    )}
  </div>`;
}

/** A column of the level meter: how high, 0 to 1, and a class for its colour. */
export interface MeterColumn {
  readonly share: number;
  readonly kind: string;
}

/** The level now, 0 to 1, and what it was before. */
export function levelMeter(
  share: number,
  columns: readonly MeterColumn[],
  strings: WidgetStrings,
): TemplateResult {
  const width = 100 / Math.max(1, columns.length);
  return html`<svg
      class="meter"
      part="meter"
      data-testid="widget-meter"
      role="meter"
      aria-label=${strings.level}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
      aria-valuetext=${strings.levelValue(share)}
      viewBox="0 0 100 40"
      preserveAspectRatio="none"
    >
      ${columns.map((column, index) => {
        const height = 1.5 + column.share * 38;
        return svg`<rect class=${column.kind} x=${index * width + width * 0.2}
          y=${20 - height / 2} width=${width * 0.6} height=${height} rx="0.6" />`;
      })}
    </svg>`;
}
