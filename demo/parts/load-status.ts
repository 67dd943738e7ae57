import { html, nothing, type TemplateResult } from 'lit';
import { ENGLISH } from 'voiceprint-web/widget';
import './progress-bar.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { errorWords } from '../state/words.js';

/** A thin strip under the header while the model loads, and when it cannot be loaded. */
class LoadStatus extends StoreElement {
  protected override render(): TemplateResult | typeof nothing {
    const { load } = store;
    if (load.name === 'failed') {
      return html`<div class="strip failed" role="alert" data-testid="load-failed">
        <span>${errorWords(load.error)}</span>
        <button type="button" class="button small" @click=${this.#retry}>Load again</button>
      </div>`;
    }
    if (load.name !== 'loading') return nothing;
    const { progress } = load;
    const stage = progress?.stage ?? 'manifest';
    const words =
      stage === 'model' && progress?.cached ? ENGLISH.loadingCached : ENGLISH.loading[stage];
    const bytes =
      progress?.bytes !== undefined && progress.totalBytes !== undefined
        ? ENGLISH.bytes(progress.bytes, progress.totalBytes)
        : '';
    return html`<div class="strip" data-testid="load-progress">
      <span>${words}</span><span class="number">${bytes}</span>
      <progress-bar .done=${stage === 'model' ? progress?.done : undefined} label=${words}></progress-bar>
    </div>`;
  }

  readonly #retry = (): void => {
    void store.open().then(
      () => store.markReady(),
      () => {},
    );
  };
}

customElements.define('load-status', LoadStatus);
