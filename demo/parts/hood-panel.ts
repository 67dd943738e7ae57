import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { type Timings, type Verifier, worstList } from 'voiceprint-web';
import { modelChoice } from './model-choice.js';
import './waveform-view.js';
import './log-mel-view.js';
import { store } from '../state/store.js';
import { StoreElement } from '../state/store-element.js';
import {
  count,
  megabytes,
  milliseconds,
  percent,
  score,
  seconds,
  TIMING_NAMES,
} from '../state/words.js';

const PARTS = ['decode', 'speech', 'features', 'encoder'] as const;

/** What happened inside: the last utterance, where the time went, and what it ran on. */
class HoodPanel extends StoreElement {
  protected override updated(_changed: PropertyValues): void {
    for (const part of this.querySelectorAll<HTMLElement>('[data-width]')) {
      part.style.setProperty('--width', part.dataset.width ?? '0');
    }
  }

  protected override render(): TemplateResult {
    const { analysis, verifier } = store;
    const samples = analysis?.utterance.samples;
    const segments = analysis?.quality?.segments ?? [];
    return html`<aside class="hood" aria-label="Under the hood" data-testid="hood">
      <h2>Under the hood</h2>
      <section>
        <h3>${analysis ? analysis.utterance.name : 'Last utterance'}</h3>
        ${
          analysis
            ? html`<waveform-view .samples=${samples} .segments=${segments}></waveform-view>`
            : html`<p class="empty">Record or drop something: its waveform, with the speech that was found, and the picture the encoder sees appear here.</p>`
        }
        <log-mel-view .samples=${samples} ?hidden=${!samples}></log-mel-view>
        ${analysis && !samples ? html`<p class="empty">Your browser cannot draw this file.</p>` : nothing}
        ${analysis?.quality ? qualityView(analysis.quality) : nothing}
      </section>
      ${analysis?.timings ? timingsView(analysis.timings) : nothing}
      ${verifier ? engineView(verifier) : nothing}
    </aside>`;
  }
}

function qualityView(
  quality: NonNullable<NonNullable<typeof store.analysis>['quality']>,
): TemplateResult {
  const level = Number.isFinite(quality.levelDb) ? `${count(quality.levelDb)} dB` : 'silent';
  return html`<dl class="facts">
    <div><dt>Speech</dt><dd>${seconds(quality.speechSeconds)} of ${seconds(quality.seconds)}</dd></div>
    <div><dt>Level</dt><dd>${level}</dd></div>
    <div>
      <dt>Signal to noise</dt>
      <dd>${quality.snrDb === undefined ? 'not measurable' : `${count(quality.snrDb)} dB`}</dd>
    </div>
    <div><dt>Clipped</dt><dd>${percent(quality.clippedShare)}</dd></div>
  </dl>`;
}

function timingsView(timings: Timings): TemplateResult {
  const longest = Math.max(...PARTS.map((part) => timings[part]), 1);
  return html`<section data-testid="timings">
    <h3>Time <span class="number">${milliseconds(timings.total)} in all</span></h3>
    <dl class="timings">
      ${PARTS.map(
        (part) => html`<div>
          <dt>${TIMING_NAMES[part]}</dt>
          <dd><i data-width=${timings[part] / longest}></i><span>${milliseconds(timings[part])}</span></dd>
        </div>`,
      )}
    </dl>
  </section>`;
}

function engineView(verifier: Verifier): TemplateResult {
  const { backend, model } = verifier;
  return html`<section data-testid="engine">
    <h3>Engine</h3>
    <p class="engine">
      <strong data-testid="backend">${backend.name === 'webgpu' ? 'WebGPU' : 'WebAssembly'}</strong>
      ${backend.adapter ?? `${backend.threads} ${backend.threads === 1 ? 'thread' : 'threads'}`}
    </p>
    <p class="reason">${backend.reason}</p>
    <dl class="facts">
      <div><dt>Model</dt><dd>${model.name} ${model.version}</dd></div>
      <div><dt>Encoder</dt><dd>${model.architecture}</dd></div>
      <div><dt>Embedding</dt><dd>${model.embeddingSize} numbers</dd></div>
      <div><dt>Size</dt><dd>${megabytes(model.bytes)}</dd></div>
    </dl>
    ${modelChoice(verifier)}
    ${model.thresholds.length > 0 ? thresholdsView(model) : nothing}
  </section>`;
}

function thresholdsView(model: Verifier['model']): TemplateResult {
  return html`<table data-testid="thresholds">
    <caption>
      False rejects on the list of trials that refuses most people: most refuse fewer. All of them
      are in the model card.
    </caption>
    <thead>
      <tr>
        <th scope="col">False accepts</th>
        <th scope="col">False rejects</th>
        <th scope="col">Threshold</th>
      </tr>
    </thead>
    <tbody>
      ${model.thresholds.map(
        (threshold) => html`<tr>
          <td>${percent(threshold.falseAcceptRate)}</td>
          <td title=${worstList(threshold)?.list ?? ''}>
            ${percent(worstList(threshold)?.falseRejectRate ?? 0)}
          </td>
          <td>${score(threshold.score)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

customElements.define('hood-panel', HoodPanel);
