import { LightElement } from './light-element.js';
import { store } from './store.js';

/** Renders again whenever the store changed, while it is on the page. */
export class StoreElement extends LightElement {
  readonly #update = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    store.addEventListener('change', this.#update);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    store.removeEventListener('change', this.#update);
  }
}
