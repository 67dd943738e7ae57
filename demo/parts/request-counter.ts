import { html, type TemplateResult } from 'lit';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { plural } from '../state/words.js';

/** What the service worker answered from its cache never left the device. */
function wentOut({ name, transferSize, workerStart }: PerformanceResourceTiming): boolean {
  return /^https?:/.test(name) && !(workerStart > 0 && transferSize === 0);
}

/** Counts the requests of this page since everything was loaded. The count should stay at 0. */
class RequestCounter extends StoreElement {
  #times: number[] = [];
  #observer: PerformanceObserver | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new PerformanceObserver((list) => {
      const network = list
        .getEntries()
        .filter((entry) => entry instanceof PerformanceResourceTiming && wentOut(entry));
      this.#times.push(...network.map(({ startTime }) => startTime));
      this.requestUpdate();
    });
    this.#observer.observe({ type: 'resource', buffered: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
  }

  protected override render(): TemplateResult {
    const { readyAt } = store;
    const late = readyAt === undefined ? 0 : this.#times.filter((time) => time > readyAt).length;
    return html`<p
      class="pill ${readyAt === undefined || late > 0 ? '' : 'good'}"
      data-testid="requests"
      data-count=${late}
      title="Counted by your browser (PerformanceObserver), not by us."
    >
      ${
        readyAt === undefined
          ? 'Loading; after that, nothing is requested'
          : html`<strong>${plural(late, 'request')}</strong> since load. Audio stays in this page.`
      }
    </p>`;
  }
}

customElements.define('request-counter', RequestCounter);
