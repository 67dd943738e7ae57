import { html, nothing, type TemplateResult } from 'lit';
import type { ConvertStage } from 'voiceprint-web/convert';
import { conversion } from '../convert/conversion.js';
import type { Converted, Precision } from '../convert/messages.js';
import '../parts/keys-table.js';
import '../parts/progress-bar.js';
import '../parts/try-model.js';
import { LightElement } from '../state/light-element.js';
import { saveFile } from '../state/save-file.js';
import { count, megabytes } from '../state/words.js';

const PRECISIONS: readonly { readonly name: Precision; readonly bytes: number }[] = [
  { name: 'fp32', bytes: 4 },
  { name: 'fp16', bytes: 2 },
  { name: 'int8', bytes: 1 },
];

const STAGES: Readonly<Record<ConvertStage, readonly [done: number, words: string]>> = {
  reading: [0.35, 'Reading the tensors'],
  building: [0.5, 'Building the graph'],
  'self-check': [0.7, 'Running it on seeded samples'],
  comparing: [0.85, 'Comparing with float32'],
  done: [1, 'Done'],
};

/** A checkpoint becomes a running encoder, in this page. */
class ConvertPage extends LightElement {
  #precision: Precision = 'fp16';
  #dragging = false;
  readonly #update = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    conversion.addEventListener('change', this.#update);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    conversion.removeEventListener('change', this.#update);
  }

  protected override render(): TemplateResult {
    const { step, contents, file, busy } = conversion;
    return html`<section class="task">
        <h1 tabindex="-1">Bring your checkpoint</h1>
        <p class="lead">
          PyTorch or safetensors in, a running encoder out. It is converted here; the file goes nowhere.
        </p>
        ${this.#precisionView(busy)} ${this.#dropView(busy)}
        ${step.name === 'reading' || step.name === 'working' ? this.#progressView() : nothing}
        ${
          step.name === 'failed'
            ? html`<div class="decision rejected" role="alert" data-testid="convert-error" data-code=${step.code ?? ''}>
                <p class="verdict">That cannot be converted</p>
                <p>${step.message}</p>
              </div>`
            : nothing
        }
        ${step.name === 'converted' ? this.#convertedView(step.converted) : nothing}
      </section>
      <aside class="hood" aria-label="The checkpoint" data-testid="checkpoint">
        <h2>${file ? file.name : 'The checkpoint'}</h2>
        ${
          contents
            ? html`<dl class="facts">
                  <div>
                    <dt>Format</dt>
                    <dd>${contents.format === 'pytorch' ? 'PyTorch' : 'safetensors'}</dd>
                  </div>
                  <div><dt>Size</dt><dd>${megabytes(file?.size ?? 0)}</dd></div>
                  ${contents.metadata.map(
                    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
                  )}
                </dl>
                <keys-table .rows=${contents.rows}></keys-table>`
            : html`<p class="empty">Its keys and shapes appear here. No code of the file is run: its pickle goes through a strict allow-list.</p>`
        }
      </aside>`;
  }

  #precisionView(busy: boolean): TemplateResult {
    return html`<fieldset class="strictness" ?disabled=${busy}>
      <legend>Weights stored as</legend>
      ${PRECISIONS.map(
        ({ name }) => html`<label>
          <input
            type="radio"
            name="precision"
            value=${name}
            ?checked=${name === this.#precision}
            @change=${() => {
              this.#precision = name;
              this.requestUpdate();
            }}
          /><span>${name}</span>
        </label>`,
      )}
      <p class="hint">sums are float32 in any case</p>
    </fieldset>`;
  }

  #dropView(busy: boolean): TemplateResult {
    return html`<div
      class="source ${this.#dragging ? 'dragging' : ''}"
      data-testid="checkpoint-source"
      @dragover=${this.#dragOver}
      @dragleave=${() => this.#setDragging(false)}
      @drop=${this.#drop}
    >
      <label class="button ${busy ? 'blocked' : 'primary'}">
        Choose a checkpoint
        <input
          type="file"
          class="visually-hidden"
          data-testid="checkpoint-file"
          ?disabled=${busy}
          @change=${this.#choose}
        />
      </label>
      <span class="hint">.ckpt, .pt, .pth or .safetensors, or drop it here</span>
    </div>`;
  }

  #progressView(): TemplateResult {
    const { step } = conversion;
    const [done, words] =
      step.name === 'reading'
        ? [
            (0.3 * step.bytes) / Math.max(1, step.totalBytes),
            `Reading ${megabytes(step.bytes)} of ${megabytes(step.totalBytes)}`,
          ]
        : step.name === 'working'
          ? STAGES[step.stage]
          : [0, ''];
    return html`<div class="collected" data-testid="convert-progress">
      <p role="status">${words}</p>
      <progress-bar .done=${done} label=${words}></progress-bar>
    </div>`;
  }

  #convertedView(converted: Converted): TemplateResult {
    const { report } = converted;
    const { peakBytes } = conversion;
    const unused = report.ignoredKeys.filter((key) => !key.endsWith('num_batches_tracked'));
    return html`<div class="decision accepted" role="status" data-testid="converted">
        <p class="verdict">${report.architecture}</p>
        <dl class="facts">
          <div><dt>Class</dt><dd>${report.upstreamClass.split('.').at(-1)}</dd></div>
          <div>
            <dt>Parameters</dt>
            <dd data-testid="parameters" data-count=${report.parameters}>${count(report.parameters)}</dd>
          </div>
          <div><dt>Embedding</dt><dd>${converted.embeddingSize} numbers</dd></div>
          <div><dt>Features</dt><dd>${this.#featuresView(converted)}</dd></div>
          <div><dt>Took</dt><dd>${(converted.milliseconds / 1000).toFixed(1)} s</dd></div>
          <div>
            <dt>Memory while converting</dt>
            <dd data-testid="peak">${peakBytes === undefined ? `${megabytes(converted.heldBytes)} for file and graphs` : `${megabytes(peakBytes)}, this page and its workers`}</dd>
          </div>
          <div>
            <dt>Cosine with float32</dt>
            <dd>${Number.isNaN(report.cosineToFp32) ? 'not compared: a large model' : report.cosineToFp32.toFixed(6)}</dd>
          </div>
          <div>
            <dt>Keys</dt>
            <dd>${count(report.usedKeys)} used, ${count(unused.length)} not needed</dd>
          </div>
        </dl>
        <table class="sizes">
          <caption>Size by precision</caption>
          <tbody>
            ${PRECISIONS.map(
              ({ name, bytes }) => html`<tr>
                <th scope="row">${name}</th>
                <td>${name === converted.precision ? megabytes(converted.bytes) : `about ${megabytes(report.parameters * bytes)}`}</td>
              </tr>`,
            )}
          </tbody>
        </table>
        ${
          report.notes.length === 0
            ? nothing
            : html`<div data-testid="notes">
                <h3>What the file cannot tell, and was assumed</h3>
                <ul class="notes">
                  ${report.notes.map((note) => html`<li>${note}</li>`)}
                </ul>
              </div>`
        }
        <button type="button" class="button" data-testid="download" @click=${() => this.#download(converted)}>
          Download the model folder
        </button>
      </div>
      <try-model .model=${converted}></try-model>`;
  }

  /** Keys do not tell the features: where several are possible, the page asks. */
  #featuresView({ frontEnd }: Converted): TemplateResult {
    const { features } = conversion;
    if (features.length < 2) return html`${frontEnd}`;
    return html`<select
        aria-label="Features that it was trained on"
        data-testid="front-end"
        @change=${this.#chooseFeatures}
      >
        ${features.map((name) => html`<option ?selected=${name === frontEnd}>${name}</option>`)}
      </select>
      <span class="hint">the file does not tell: choose those that it was trained on</span>`;
  }

  readonly #chooseFeatures = (event: Event): void => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const { value } = event.target;
    const name = conversion.features.find((each) => each === value);
    if (name !== undefined) conversion.again(name);
  };

  async #download(converted: Converted): Promise<void> {
    saveFile(await conversion.zip(converted), `${converted.name}.zip`);
  }

  readonly #choose = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const [file] = event.target.files ?? [];
    if (file) conversion.start(file, this.#precision);
    event.target.value = '';
  };

  readonly #dragOver = (event: DragEvent): void => {
    event.preventDefault();
    this.#setDragging(true);
  };

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    this.#setDragging(false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file && !conversion.busy) conversion.start(file, this.#precision);
  };

  #setDragging(dragging: boolean): void {
    this.#dragging = dragging;
    this.requestUpdate();
  }
}

customElements.define('convert-page', ConvertPage);
