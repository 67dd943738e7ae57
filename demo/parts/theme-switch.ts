import { html, type TemplateResult } from 'lit';
import { LightElement } from '../state/light-element.js';

type Theme = 'light' | 'dark';

function storedTheme(): Theme | undefined {
  try {
    const value = localStorage.getItem('demo-theme');
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Light or dark, remembered; the system's choice until then. */
class ThemeSwitch extends LightElement {
  #theme: Theme =
    storedTheme() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.dataset.theme = this.#theme;
  }

  readonly #toggle = (): void => {
    this.#theme = this.#theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = this.#theme;
    try {
      localStorage.setItem('demo-theme', this.#theme);
    } catch {
      // Blocked site data: the choice holds for this page.
    }
    this.requestUpdate();
  };

  protected override render(): TemplateResult {
    const dark = this.#theme === 'dark';
    return html`<button
      type="button"
      class="icon-button"
      data-testid="theme"
      aria-label=${dark ? 'Use the light theme' : 'Use the dark theme'}
      @click=${this.#toggle}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8.500" />
        <path d="M12 3.500a8.500 8.500 0 0 1 0 17Z" class="solid" />
      </svg>
    </button>`;
  }
}

customElements.define('theme-switch', ThemeSwitch);
