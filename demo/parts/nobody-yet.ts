import { html, nothing, svg, type TemplateResult } from 'lit';

const HEIGHTS = [6, 14, 10, 26, 18, 40, 24, 46, 20, 34, 14, 22, 9, 14, 6];

/** What pages show that need somebody to be enrolled; `instead` is another way to go on. */
export function nobodyYet(
  why: string,
  instead: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="nobody" data-testid="nobody">
    <svg viewBox="0 0 120 50" aria-hidden="true">
      ${HEIGHTS.map(
        (height, index) =>
          svg`<line x1=${4 + index * 8} x2=${4 + index * 8} y1=${25 - height / 2} y2=${25 + height / 2} />`,
      )}
    </svg>
    <p class="verdict">Nobody is enrolled yet</p>
    <p>${why}</p>
    <div class="row">
      <a class="button primary" href="#/enroll">Enroll a voice</a>
      ${instead}
    </div>
  </div>`;
}
