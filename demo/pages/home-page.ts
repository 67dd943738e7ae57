import { html, type TemplateResult } from 'lit';
import { VERIFIER_DEFAULTS, worstList } from 'voiceprint-web';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { megabytes, percent } from '../state/words.js';
import { heroPrint } from './hero-print.js';

const ELEMENT = `<script type="module">import 'voiceprint-web/widget';</script>
<voiceprint-check speaker="ada"></voiceprint-check>`;

const CODE = `import { createVerifier } from 'voiceprint-web';

const verifier = await createVerifier();
await verifier.enroll('ada', [clip1, clip2, clip3]);

const r = await verifier.verify('ada', clip4);
r.accepted;  // true or false, at a false-accept rate you chose
r.score;     // what decides, against one r.threshold
r.llr;       // calibrated log-likelihood ratio
r.quality;   // what to mend when audio was poor`;

/** What it is, tried at once. */
class HomePage extends StoreElement {
  protected override render(): TemplateResult {
    return html`
      <section class="hero always-dark">
        ${heroPrint()}
        <div class="pitch">
          <h1 tabindex="-1">Know the voice. Keep it here.</h1>
          <p>
            Speaker verification that runs inside the page, on WebGPU or WebAssembly. Nobody’s voice
            leaves their device, because there is nowhere for it to go.
          </p>
          <div class="row">
            <a class="button primary" href="#/enroll">Enroll a voice</a>
            <a class="button" href="#how">How it decides</a>
          </div>
        </div>
        <voiceprint-check
          speaker="you"
          data-testid="hero-check"
          .load=${store.open}
          @voiceprint-enrolled=${this.#refresh}
          @voiceprint-deleted=${this.#refresh}
        ></voiceprint-check>
      </section>
      <section class="figures" aria-label="In figures" data-testid="figures">${this.#figures()}</section>
      <section class="how" id="how">
        <h2>A decision you can read</h2>
        <div class="steps">
          <div>
            <h3>Listen</h3>
            <p>Speech is found, silence is dropped, and poor audio is refused with the reason.</p>
          </div>
          <div>
            <h3>Print</h3>
            <p>A neural encoder turns a few seconds into one voiceprint, in a worker, off the page.</p>
          </div>
          <div>
            <h3>Decide</h3>
            <p>The score meets a threshold that was measured: you choose how many impostors may pass.</p>
          </div>
          <div>
            <h3>Keep</h3>
            <p>Voiceprints stay on the device, encrypted: other sites cannot read them. Whoever can read the browser’s profile can.</p>
          </div>
        </div>
      </section>
      <section class="code">
        <div>
          <h2>One element</h2>
          <pre tabindex="0" aria-label="HTML example"><code>${ELEMENT}</code></pre>
          <p class="hint">Consent, level meter, reasons in words and deletion are built in.</p>
        </div>
        <div>
          <h2>Or ten lines</h2>
          <pre tabindex="0" aria-label="TypeScript example"><code>${CODE}</code></pre>
        </div>
      </section>
      <section class="limits">
        <h2>What it does not claim</h2>
        <p>
          A voice can be recorded, replayed or cloned, and a plain encoder may accept the copy. Use
          the check beside another factor, to label speakers, or to notice when a voice changes;
          never as the only proof of who somebody is.
        </p>
      </section>
    `;
  }

  #figures(): TemplateResult {
    const { verifier, load } = store;
    const rate = VERIFIER_DEFAULTS.falseAcceptRate;
    const threshold = verifier?.model.thresholds.find((t) => t.falseAcceptRate === rate);
    const worst = threshold && worstList(threshold);
    const figure = (value: string, text: string) =>
      html`<div><strong>${value}</strong><span>${text}</span></div>`;
    return html`
      ${figure('0 bytes', 'of audio sent')}
      ${figure(verifier ? megabytes(verifier.model.bytes) : '…', 'model, kept for offline use')}
      ${figure(
        verifier ? (verifier.backend.name === 'webgpu' ? 'WebGPU' : 'WASM') : '…',
        load.name === 'ready'
          ? `ready in ${(load.milliseconds / 1000).toFixed(1)} s here`
          : 'loading',
      )}
      ${
        worst
          ? figure(
              percent(worst.falseRejectRate),
              `of enrolled voices refused at most (${worst.list}) where ${percent(rate)} of others pass`,
            )
          : figure('…', 'measured error')
      }
    `;
  }

  readonly #refresh = (): void => {
    void store.refreshPeople();
  };
}

customElements.define('home-page', HomePage);
