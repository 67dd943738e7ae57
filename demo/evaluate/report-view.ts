import type { FinishedReport } from './messages.js';

/** Shows a report in a shadow root, so that its style and the site's stay apart. */
class ReportView extends HTMLElement {
  readonly #root = this.attachShadow({ mode: 'open' });
  #shown: FinishedReport | undefined;

  set report(report: FinishedReport) {
    if (report === this.#shown) return;
    this.#shown = report;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(report.styles);
    this.#root.adoptedStyleSheets = [sheet];
    // Markup of our own library, which escapes every name; it holds no script and no address.
    this.#root.innerHTML = report.body;
  }
}

customElements.define('report-view', ReportView);
