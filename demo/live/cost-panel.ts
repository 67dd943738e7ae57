import { html, type TemplateResult } from 'lit';
import { milliseconds, percent, seconds } from '../state/words.js';
import type { LiveSession } from './live-session.js';

const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
/** Seconds of scores that the rate is counted over. */
const COUNTED_SECONDS = 4;

/** What keeping up costs on this device. */
export function costPanel(session: LiveSession | undefined): TemplateResult {
  const cost = session?.current?.cost;
  const stream = session?.stream;
  const load = cost?.load ?? 0;
  return html`<section class="cost" aria-label="Cost" data-testid="cost">
    <h2>On this device</h2>
    <dl class="facts">
      ${fact('Latency', cost ? milliseconds(cost.latencyMilliseconds) : '–', 'latency')}
      ${fact('Scores per second', session ? rate.format(scoresPerSecond(session)) : '–', 'rate')}
      ${fact('Dropped', cost ? seconds(cost.droppedSeconds) : '–', 'dropped')}
      ${fact('First decision after', firstDecision(session), 'first-decision')}
      ${fact('Encoder', stream ? modeWords(stream.mode) : '–', 'mode')}
      ${fact('Runs on', stream ? backendWords(stream.backend) : '–', 'stream-backend')}
    </dl>
    <div class="load ${load > 0.9 ? 'high' : ''}">
      <span>Load</span><span class="number" data-testid="load">${cost ? percent(load) : '–'}</span>
      <div
        class="bar"
        role="meter"
        aria-label="Load"
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(Math.min(1, load) * 100)}
        aria-valuetext="${percent(load)} of real time"
      >
        <div class="fill" data-share=${Math.min(1, load)}></div>
      </div>
    </div>
    <p class="hint">Load is the share of real time spent computing: above 100 % audio is dropped.</p>
  </section>`;
}

function fact(name: string, value: string, id: string): TemplateResult {
  return html`<div><dt>${name}</dt><dd data-testid="cost-${id}">${value}</dd></div>`;
}

function firstDecision(session: LiveSession | undefined): string {
  const after = session?.firstDecisionSeconds;
  return after === undefined ? '–' : `${seconds(after)} of speech`;
}

function scoresPerSecond({ scores }: LiveSession): number {
  if (scores.end - scores.first < 2) return 0;
  const last = scores.timeAt(scores.end - 1);
  const from = Math.max(scores.first, scores.indexFrom(last - COUNTED_SECONDS));
  const elapsed = last - scores.timeAt(from);
  return elapsed > 0 ? (scores.end - 1 - from) / elapsed : 0;
}

function modeWords(mode: LiveSession['stream']['mode']): string {
  return mode === 'causal' ? 'causal, every moment once' : 'window over the last seconds';
}

function backendWords({ name, threads }: LiveSession['stream']['backend']): string {
  if (name === 'webgpu') return 'WebGPU';
  return `WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}
