import { html, nothing, type TemplateResult } from 'lit';
import './pages/home-page.js';
import './pages/enroll-page.js';
import './pages/verify-page.js';
import './pages/identify-page.js';
import './pages/live-page.js';
import './pages/people-page.js';
import './pages/convert-page.js';
import './pages/evaluate-page.js';
import './parts/load-status.js';
import './parts/request-counter.js';
import './parts/theme-switch.js';
import './parts/hood-panel.js';
import { exampleVoices } from './state/example-voices.js';
import { store } from './state/store.js';
import { StoreElement } from './state/store-element.js';

const PAGES = {
  home: { title: 'Overview', view: html`<home-page></home-page>` },
  enroll: { title: 'Enroll', view: html`<enroll-page></enroll-page>` },
  verify: { title: 'Verify', view: html`<verify-page></verify-page>` },
  identify: { title: 'Identify', view: html`<identify-page></identify-page>` },
  live: { title: 'Live', view: html`<live-page></live-page>` },
  people: { title: 'People', view: html`<people-page></people-page>` },
  convert: { title: 'Convert', view: html`<convert-page></convert-page>` },
  evaluate: { title: 'Evaluate', view: html`<evaluate-page></evaluate-page>` },
} as const;

type PageName = keyof typeof PAGES;

function isPage(name: string): name is PageName {
  return name in PAGES;
}

function currentPage(): PageName {
  const name = location.hash.replace(/^#\/?/, '');
  return isPage(name) ? name : 'home';
}

function pageLoaded(): Promise<void> {
  if (document.readyState === 'complete') return Promise.resolve();
  return new Promise((resolve) => addEventListener('load', () => resolve(), { once: true }));
}

/** Pages that fill both columns by themselves, or have none. */
const WITHOUT_HOOD: readonly PageName[] = ['home', 'live', 'convert', 'evaluate'];

/** The shell: navigation, the page that the address names, and the panel under the hood. */
class DemoApp extends StoreElement {
  #page = currentPage();

  readonly #navigate = (): void => {
    // A plain fragment is a place on the page that is shown already.
    if (location.hash && !location.hash.startsWith('#/')) return;
    this.#page = currentPage();
    document.title = `${PAGES[this.#page].title} · voiceprint-web`;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      scrollTo({ top: 0 });
      // A screen reader starts where the new page starts.
      this.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    });
  };

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#navigate);
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#navigate);
  }

  async #start(): Promise<void> {
    await Promise.allSettled([store.open(), exampleVoices(), document.fonts.ready, pageLoaded()]);
    if (store.verifier) store.markReady();
  }

  protected override render(): TemplateResult {
    const page = this.#page;
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to content</a>
      <header class="top">
        <a class="brand" href="#/" aria-label="voiceprint-web, overview">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M5 14v4m5.5-8v12M16 5v22m5.500-17v12M27 14v4" />
          </svg>
          voiceprint<span>-web</span>
        </a>
        <nav aria-label="Pages">
          ${Object.entries(PAGES).map(
            ([name, { title }]) => html`<a
              href="#/${name === 'home' ? '' : name}"
              data-testid="nav-${name}"
              aria-current=${name === page ? 'page' : nothing}
              >${title}</a
            >`,
          )}
        </nav>
        <theme-switch></theme-switch>
      </header>
      <load-status></load-status>
      <main id="main" data-testid="page-${page}" class=${page === 'home' ? '' : 'tool'}>
        ${PAGES[page].view} ${WITHOUT_HOOD.includes(page) ? nothing : html`<hood-panel></hood-panel>`}
      </main>
      <footer class="bottom">
        <request-counter></request-counter>
        <p>
          Apache-2.0. Voice alone is no authenticator (NIST SP 800-63B-4): a replayed or cloned
          voice can pass.
        </p>
      </footer>
    `;
  }

  readonly #skip = (event: Event): void => {
    event.preventDefault();
    this.querySelector<HTMLElement>('main h1')?.focus();
  };
}

customElements.define('demo-app', DemoApp);
