import { Markup, markup } from './markup.js';

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string | Markup;
  readonly kind?: 'number' | 'name';
}

type Cell = string | Markup;

/** A table that scrolls by itself where the page is narrow. The first cell of a row heads it. */
export function table(
  caption: string | Markup,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Markup {
  const kind = (i: number) => columns[i]?.kind ?? 'number';
  const label = caption instanceof Markup ? '' : caption;
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="${label || 'Table'}"><table><caption><span>${caption}</span></caption>
<thead><tr>${columns.map(({ heading }, i) => markup`<th scope="col" class="${kind(i)}">${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      markup`<tr>${cells.map((cell, i) =>
        i === 0
          ? markup`<th scope="row" class="${kind(i)}">${cell}</th>`
          : markup`<td class="${kind(i)}">${cell}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>`;
}
