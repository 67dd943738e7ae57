import { html, nothing, type TemplateResult } from 'lit';
import type { KeyRow } from '../convert/messages.js';
import { LightElement } from '../state/light-element.js';
import { count, plural } from '../state/words.js';

/** Rows drawn at most: more than anybody reads, fewer than slow the page. */
const MOST = 200;

/** The keys of a checkpoint, with a search. */
class KeysTable extends LightElement {
  static override properties = { rows: { attribute: false } };
  declare rows: readonly KeyRow[];

  #search = '';

  protected override render(): TemplateResult {
    const wanted = this.#search.trim().toLowerCase();
    const found = this.rows.filter(({ key }) => key.toLowerCase().includes(wanted));
    return html`<label class="field">
        <span>${plural(this.rows.length, 'key')}</span>
        <input
          type="search"
          placeholder="Search keys"
          data-testid="keys-search"
          .value=${this.#search}
          @input=${this.#type}
        />
      </label>
      <div class="keys" tabindex="0" role="region" aria-label="Keys of the checkpoint">
        <table data-testid="keys" data-count=${found.length}>
          <thead>
            <tr><th scope="col">Key</th><th scope="col">Type</th><th scope="col">Shape</th></tr>
          </thead>
          <tbody>
            ${found.slice(0, MOST).map(
              ({ key, dtype, shape }) => html`<tr>
                <td><code>${key}</code></td>
                <td>${dtype}</td>
                <td>${shape.length === 0 ? 'scalar' : shape.join(' × ')}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${found.length > MOST ? html`<p class="hint">and ${count(found.length - MOST)} more; search to see them</p>` : nothing}`;
  }

  readonly #type = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.#search = event.target.value;
    this.requestUpdate();
  };
}

customElements.define('keys-table', KeysTable);
