import { html, nothing, svg, type TemplateResult } from 'lit';
import type { CheckState, CheckStateName } from '../session-state.js';
import type { WidgetStrings } from '../strings.js';
import { ICONS } from './icons.js';
import type { ViewContext } from './view-context.js';
import { bodyOf, titleOf } from './views.js';

export interface CardContext extends ViewContext {
  readonly speaker: string;
  /** Whether there is a voiceprint that could be deleted. */
  readonly mayForget: boolean;
  /** Whether the deletion waits for a second click. */
  readonly asking: boolean;
  readonly ask: (asking: boolean) => void;
  readonly forget: () => void;
  readonly announcement: string;
}

/** The whole card: heading, what belongs to the state, what a voice cannot prove, deletion. */
export function cardView(state: CheckState, context: CardContext): TemplateResult {
  const { strings, speaker } = context;
  const look = lookOf(state);
  const listening = state.name === 'listening' || state.name === 'paused';
  return html`
    <section
      class="card"
      part="card"
      data-testid="widget"
      data-state=${state.name}
      data-voice=${listening ? state.voice : nothing}
      aria-label=${strings.label(speaker)}
    >
      <div class="head">
        <span class="badge ${look}" aria-hidden="true">
          <svg
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
          >
            ${ICONS[look] ?? svg``}
          </svg>
        </span>
        <div>
          <h2 part="title" tabindex="-1" data-testid="widget-title">
            ${titleOf(state, speaker, strings)}
          </h2>
          <p class="who">${listening ? strings.continuous.listeningFor(speaker) : speaker}</p>
        </div>
      </div>
      <div class="body" part="body">${bodyOf(state, context)}</div>
      <div class="foot">
        <p class="honest" part="note">${strings.honest}</p>
        ${context.mayForget ? forgetView(strings, context) : nothing}
      </div>
      <p class="announcer" role="status" aria-live="polite" data-testid="widget-status">
        ${context.announcement}
      </p>
    </section>
  `;
}

/** While it listens, the badge shows the answer as it does after a single check. */
function lookOf(state: CheckState): CheckStateName {
  if (state.name !== 'listening') return state.name;
  return state.voice === 'accepted' || state.voice === 'rejected' ? state.voice : 'listening';
}

function forgetView(strings: WidgetStrings, { asking, ask, forget }: CardContext): TemplateResult {
  return html`<div class="forget" part="forget">
    ${
      asking
        ? html`<span>${strings.forgetAsk}</span>
          <button type="button" class="link danger" data-testid="widget-forget-yes" @click=${forget}>
            ${strings.forgetYes}
          </button>
          <button
            type="button"
            class="link"
            data-testid="widget-forget-no"
            data-asking
            @click=${() => ask(false)}
          >
            ${strings.forgetNo}
          </button>`
        : html`<button
            type="button"
            class="link"
            data-testid="widget-forget"
            @click=${() => ask(true)}
          >
            ${strings.forget}
          </button>`
    }
  </div>`;
}
