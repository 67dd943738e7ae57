import { html, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';
import { clock } from '../state/words.js';
import type { LiveSession } from './live-session.js';
import { eventWords } from './words.js';

/** Lines shown at once; copying takes all that were kept. */
const SHOWN = 60;

/** The typed events of a stream, newest first, to be read and copied. */
class EventList extends LightElement {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: LiveSession | undefined;
  /** Changes when there is something new to show. */
  declare version: number;

  #scores = false;
  #copied = '';

  protected override render(): TemplateResult {
    const { session } = this;
    const events = (session?.log.events ?? []).filter(
      ({ type }) => this.#scores || type !== 'score',
    );
    return html`<section class="log" aria-label="Events">
      <h2>Events <span class="number" data-testid="event-count">${session?.log.count ?? 0}</span></h2>
      <div class="row">
        <label class="switch">
          <input type="checkbox" data-testid="with-scores" .checked=${this.#scores} @change=${this.#toggle} />
          with scores
        </label>
        <button
          type="button"
          class="button small"
          data-testid="copy-events"
          ?disabled=${!session || session.log.count === 0}
          @click=${this.#copy}
        >
          Copy as JSON
        </button>
        <span class="hint" role="status">${this.#copied}</span>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="Latest events">
        ${
          events.length === 0
            ? html`<p class="hint">Accepts, rejects, changes of speaker, silences and troubles appear here.</p>`
            : html`<ol data-testid="events">
                ${events
                  .slice(-SHOWN)
                  .reverse()
                  .map(
                    (event) => html`<li class=${event.type} data-type=${event.type}>
                      <time>${clock(event.atSeconds)}</time><code>${event.type}</code>
                      <span>${eventWords(event)}</span>
                    </li>`,
                  )}
              </ol>`
        }
      </div>
    </section>`;
  }

  readonly #toggle = (): void => {
    this.#scores = !this.#scores;
    this.requestUpdate();
  };

  readonly #copy = async (): Promise<void> => {
    const { session } = this;
    if (!session) return;
    try {
      await navigator.clipboard.writeText(session.log.toJsonLines());
      this.#copied = 'Copied';
    } catch {
      this.#copied = 'Your browser does not allow copying here.';
    }
    this.requestUpdate();
    setTimeout(() => {
      this.#copied = '';
      this.requestUpdate();
    }, 3000);
  };
}

customElements.define('event-list', EventList);
