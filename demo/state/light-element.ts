import { LitElement } from 'lit';

/** A component that renders into the page itself, so that the site's one style sheet applies. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
