import { html, nothing, type TemplateResult } from 'lit';
import { evaluationRun } from '../evaluate/evaluation-run.js';
import { exampleTrials } from '../evaluate/example-trials.js';
import { chosenFiles, droppedFiles } from '../evaluate/folder-files.js';
import '../evaluate/report-view.js';
import type { FinishedReport } from '../evaluate/messages.js';
import { timeLeftWords } from '../evaluate/time-left.js';
import '../parts/progress-bar.js';
import { saveFile } from '../state/save-file.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import { count, plural } from '../state/words.js';

/** Names shown of a longer list. */
const SHOWN = 5;

/** A folder and a trial list become a report, in this page. */
class EvaluatePage extends StoreElement {
  #dragging = false;
  readonly #refresh = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    evaluationRun.addEventListener('change', this.#refresh);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    evaluationRun.removeEventListener('change', this.#refresh);
  }

  protected override render(): TemplateResult {
    const { step } = evaluationRun;
    return html`<section class="task">
        <h1 tabindex="-1">Measure it yourself</h1>
        <p class="lead">
          A folder of recordings and a list of trials in, a report out: error rates with intervals,
          plots, thresholds, the worst errors. The recordings stay on this device.
        </p>
        ${this.#dropView()} ${this.#foundView()} ${this.#optionsView()} ${this.#stepView()}
      </section>
      <aside class="hood" aria-label="Trial lists">
        <h2>What a trial list is</h2>
        <p>One comparison per line: 1 for the same speaker, 0 for two different ones, then both files.</p>
        <pre class="sample"><code>1 anna/a1.wav anna/a2.wav
0 anna/a1.wav ben/b1.wav</code></pre>
        <p class="hint">
          Or <code>anna/a1.wav ben/b1.wav nontarget</code>. Tabs where names hold spaces. Take impostors
          from the same microphones and rooms as the right speakers: other channels are easy to tell apart
          and flatter every system. For an error rate of 1 % you need at least 300 impostor trials, and some
          twenty speakers for intervals that mean something.
        </p>
      </aside>
      ${
        step.name === 'finished'
          ? html`<div class="report-place" data-testid="report">
              ${this.#downloadsView(step.report)}<report-view .report=${step.report}></report-view>
            </div>`
          : nothing
      }`;
  }

  #dropView(): TemplateResult {
    const blocked = evaluationRun.busy;
    const style = (primary: boolean): string =>
      `button ${blocked ? 'blocked' : primary ? 'primary' : ''}`;
    return html`<div
        class="source ${this.#dragging ? 'dragging' : ''}"
        data-testid="evaluate-source"
        @dragover=${this.#dragOver}
        @dragleave=${() => this.#setDragging(false)}
        @drop=${this.#drop}
      >
        <label class=${style(evaluationRun.given.length === 0)}>
          Choose a folder
          <input
            type="file"
            class="visually-hidden"
            data-testid="evaluate-folder"
            webkitdirectory
            multiple
            ?disabled=${blocked}
            @change=${this.#chooseFolder}
          />
        </label>
        <label class=${style(false)}>
          Choose a trial list
          <input
            type="file"
            class="visually-hidden"
            data-testid="evaluate-list"
            ?disabled=${blocked}
            @change=${this.#chooseList}
          />
        </label>
        <span class="hint">or drop both here</span>
      </div>
      <div class="examples">
        <span>No recordings at hand?</span>
        <button
          type="button"
          class="chip"
          data-testid="evaluate-example"
          ?disabled=${blocked}
          @click=${this.#takeExample}
        >
          Take three synthesized voices
        </button>
      </div>`;
  }

  #foundView(): TemplateResult | typeof nothing {
    const { given, list, candidates, matched, missing, step } = evaluationRun;
    if (given.length === 0 && !list && candidates.length === 0) return nothing;
    const found = matched.length - missing.length;
    return html`<dl class="facts" data-testid="evaluate-found">
        <div><dt>Folder</dt><dd>${given.length === 0 ? 'none yet' : plural(given.length, 'file')}</dd></div>
        <div>
          <dt>Trial list</dt>
          <dd>
            ${
              list
                ? html`${list.name}: ${plural(list.trials, 'trial')}, ${count(list.targets)} of the same
                    speaker${list.duplicates > 0 ? `, ${count(list.duplicates)} listed twice` : ''}`
                : step.name === 'reading'
                  ? 'reading …'
                  : candidates.length > 1
                    ? this.#candidatesView()
                    : 'none yet'
            }
          </dd>
        </div>
        ${
          list
            ? html`<div>
                <dt>Files that it names</dt>
                <dd data-testid="evaluate-matched" data-missing=${missing.length}>
                  ${count(matched.length)}, ${missing.length === 0 ? 'all there' : `${count(found)} of them found`}
                </dd>
              </div>`
            : nothing
        }
      </dl>
      ${
        list && given.length > 0 && missing.length > 0
          ? this.#namesView(
              `${plural(missing.length, 'file')} of the list ${missing.length === 1 ? 'is' : 'are'} not in the folder`,
              missing,
            )
          : nothing
      }`;
  }

  #candidatesView(): TemplateResult {
    return html`<span class="examples">
      ${evaluationRun.candidates.map(
        ({ path, file }) => html`<button
          type="button"
          class="chip"
          data-testid="evaluate-candidate"
          @click=${() => evaluationRun.readList(file)}
        >
          ${path.split('/').slice(-2).join('/')}
        </button>`,
      )}
    </span>`;
  }

  #namesView(words: string, names: readonly string[]): TemplateResult {
    return html`<div class="problem" role="alert" data-testid="evaluate-left-out" data-count=${names.length}>
      <p>${words}:</p>
      <ul>
        ${names.slice(0, SHOWN).map((name) => html`<li>${name}</li>`)}
        ${names.length > SHOWN ? html`<li>and ${count(names.length - SHOWN)} more</li>` : nothing}
      </ul>
    </div>`;
  }

  #optionsView(): TemplateResult | typeof nothing {
    const { list, busy, speechOnly, skipUnreadable } = evaluationRun;
    if (!list) return nothing;
    return html`<fieldset class="choices" ?disabled=${busy}>
      <legend class="visually-hidden">How to measure</legend>
      <label>
        <input
          type="checkbox"
          data-testid="evaluate-skip"
          .checked=${skipUnreadable}
          @change=${(event: Event) => evaluationRun.set({ skipUnreadable: isChecked(event) })}
        />
        <span>Leave out files that are missing or cannot be decoded, and their trials</span>
      </label>
      <label>
        <input
          type="checkbox"
          data-testid="evaluate-speech"
          .checked=${speechOnly}
          @change=${(event: Event) => evaluationRun.set({ speechOnly: isChecked(event) })}
        />
        <span>Leave pauses out before recordings are cut to length</span>
      </label>
    </fieldset>`;
  }

  #stepView(): TemplateResult | typeof nothing {
    const { step, ready, list, unreadable } = evaluationRun;
    const { verifier } = store;
    if (step.name === 'embedding' || step.name === 'measuring') return this.#progressView();
    const kept = verifier && list ? evaluationRun.embedded(verifier) : 0;
    return html`${
      step.name === 'failed'
        ? html`<div class="decision rejected" role="alert" data-testid="evaluate-error" data-code=${step.code ?? ''}>
            <p class="verdict">That cannot be measured</p>
            <p>${step.message}</p>
          </div>`
        : nothing
    }
    ${
      step.name === 'blocked'
        ? this.#namesView(
            `${plural(unreadable.length, 'file')} cannot be used. Tick that they are left out to go on without them, or mend them`,
            unreadable.map(({ file, reason }) => `${file}: ${reason}`),
          )
        : nothing
    }
    ${
      list
        ? html`<div class="row">
            <button
              type="button"
              class="button primary"
              data-testid="evaluate-start"
              ?disabled=${!ready || !verifier || (step.name === 'blocked' && !evaluationRun.skipUnreadable)}
              @click=${() => verifier && evaluationRun.start(verifier)}
            >
              ${step.name === 'finished' ? 'Measure again' : kept > 0 ? 'Go on' : 'Measure'}
            </button>
            <span class="hint" data-testid="evaluate-kept" data-count=${kept}>
              ${kept > 0 ? `${count(kept)} of ${plural(list.files.length, 'file')} are embedded already, in memory only` : nothing}
            </span>
          </div>`
        : nothing
    }`;
  }

  #progressView(): TemplateResult | typeof nothing {
    const { step } = evaluationRun;
    if (step.name !== 'embedding' && step.name !== 'measuring') return nothing;
    const words =
      step.name === 'embedding'
        ? `Listening: ${count(step.done)} of ${plural(step.total, 'file')}`
        : 'Computing figures and intervals';
    const left = step.name === 'embedding' ? timeLeftWords(step.secondsLeft) : '';
    return html`<div class="collected" data-testid="evaluate-progress">
      <p>
        <span role="status">${step.name === 'embedding' ? 'Listening to the recordings' : words}</span>
        <span class="number">${step.name === 'embedding' ? html`${count(step.done)} of ${count(step.total)}${left && `, ${left}`}` : `${step.done} of ${step.total} lengths`}</span>
      </p>
      <progress-bar .done=${step.done / Math.max(1, step.total)} label=${words}></progress-bar>
      <div class="row">
        <button type="button" class="button" data-testid="evaluate-cancel" @click=${() => evaluationRun.cancel()}>
          Cancel
        </button>
        <span class="hint">What is done until now is kept.</span>
      </div>
    </div>`;
  }

  #downloadsView(report: FinishedReport): TemplateResult {
    const json = (): Blob =>
      new Blob([`${JSON.stringify(report.evaluation, null, 2)}\n`], { type: 'application/json' });
    return html`<div class="row">
      <button type="button" class="button primary" data-testid="report-html" @click=${() => saveFile(report.page, 'report.html')}>
        Download the report
      </button>
      <button type="button" class="button" data-testid="report-json" @click=${() => saveFile(json(), 'report.json')}>
        Figures as JSON
      </button>
      <button type="button" class="button" data-testid="report-csv" @click=${this.#saveScores}>
        Scores as CSV
      </button>
    </div>`;
  }

  readonly #saveScores = async (): Promise<void> =>
    saveFile(await evaluationRun.scores(), 'scores.csv');

  readonly #takeExample = async (): Promise<void> => {
    const { files, list } = await exampleTrials();
    evaluationRun.give([...files, { path: list.name, file: list }]);
  };

  readonly #chooseFolder = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    evaluationRun.give(chosenFiles(event.target.files));
    event.target.value = '';
  };

  readonly #chooseList = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const [file] = event.target.files ?? [];
    if (file) evaluationRun.readList(file);
    event.target.value = '';
  };

  readonly #dragOver = (event: DragEvent): void => {
    event.preventDefault();
    this.#setDragging(true);
  };

  readonly #drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    this.#setDragging(false);
    if (event.dataTransfer) evaluationRun.give(await droppedFiles(event.dataTransfer));
  };

  #setDragging(dragging: boolean): void {
    this.#dragging = dragging;
    this.requestUpdate();
  }
}

function isChecked(event: Event): boolean {
  return event.target instanceof HTMLInputElement && event.target.checked;
}

customElements.define('evaluate-page', EvaluatePage);
