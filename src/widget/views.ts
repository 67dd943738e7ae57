import { html, nothing, svg, type TemplateResult } from 'lit';
import { VoiceprintError } from '../errors.js';
import type { Verification } from '../verifier/types.js';
import { type CheckState, levelShare, speechStillNeeded, type Task } from './session-state.js';
import type { WidgetStrings } from './strings.js';

/** What the views may ask the element to do. */
export interface ViewActions {
  readonly consent: () => void;
  readonly record: (task: Task) => void;
  readonly stop: () => void;
  readonly cancel: () => void;
  readonly again: () => void;
}

export interface ViewContext {
  readonly strings: WidgetStrings;
  readonly actions: ViewActions;
  /** Recent levels, 0 to 1, oldest first; `heard` where there was speech. */
  readonly levels: readonly { readonly share: number; readonly heard: boolean }[];
  /** Seconds of speech that enrolling still takes, once the model is known. */
  readonly enrollSeconds: number | undefined;
  /** Whether `'verify'` may follow an enrollment. */
  readonly mayVerify: boolean;
}

/** The lowest cosine that the score axis shows; the highest is 1. */
const AXIS_START = -0.2;

/** Where a cosine lies on the score axis, 0 to 1. */
export function axisShare(score: number): number {
  return Math.min(1, Math.max(0, (score - AXIS_START) / (1 - AXIS_START)));
}

/** A short text for the state's heading. */
export function titleOf(state: CheckState, strings: WidgetStrings): string {
  switch (state.name) {
    case 'ready':
      return strings.title[state.task];
    case 'recording':
      return strings.listening;
    case 'working':
      return strings.title[state.task];
    default:
      return strings.title[state.name];
  }
}

/** Why something failed, in the words of `strings` where it has some. */
export function errorWords(error: Error, strings: WidgetStrings): string {
  return (
    (error instanceof VoiceprintError ? strings.errors[error.code] : undefined) ?? error.message
  );
}

/** The part of the card between heading and foot. */
export function bodyOf(state: CheckState, context: ViewContext): TemplateResult {
  const { strings, actions } = context;
  switch (state.name) {
    case 'loading':
      return loadingView(state, strings);
    case 'consent':
      return html`
        <dl>
          ${strings.consent.points.map(
            ({ term, text }) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`,
          )}
        </dl>
        ${buttons([[strings.consent.agree, actions.consent, 'consent']])}
      `;
    case 'ready':
      return html`
        ${state.outdated ? html`<p class="notice">${strings.outdated}</p>` : nothing}
        <p>${strings.ready[state.task](context.enrollSeconds)}</p>
        <p class="prompt" part="prompt">${strings.prompt[state.task]}</p>
        ${buttons([[strings.start[state.task], () => actions.record(state.task), 'start']])}
      `;
    case 'recording':
      return recordingView(state, context);
    case 'working':
      return html`
        <p>${state.step === 'microphone' ? strings.microphone : strings.working[state.task]}</p>
        ${progressBar(strings.working[state.task], state.done)}
        ${buttons([[strings.cancel, actions.cancel, 'cancel']], false)}
      `;
    case 'enrolled': {
      const { speechSeconds, completeness, quality } = state.enrollment;
      const reasons = new Set(quality.flatMap((report) => report.reasons));
      const check = (): void => actions.record('verify');
      const more = (): void => actions.record('enroll');
      return html`
        <p>${strings.enrolled(speechSeconds, completeness)}</p>
        ${progressBar(strings.progress, completeness)}
        ${[...reasons].map((reason) => html`<p class="prompt">${strings.reasons[reason]}</p>`)}
        ${buttons([
          ...(context.mayVerify ? [[strings.check, check, 'check'] as const] : []),
          ...(completeness < 1 ? [[strings.addMore, more, 'more'] as const] : []),
        ])}
      `;
    }
    case 'accepted':
    case 'rejected':
      return html`
        <p>${strings.decision(state.verification)}</p>
        ${scoreAxis(state.verification)}
        <p class="row" part="score">
          <span class="count" data-testid="widget-score"
            >${strings.scoreLine(state.verification.score, state.verification.threshold)}</span
          >
        </p>
        ${state.verification.quality.reasons.map(
          (reason) => html`<p class="prompt" part="reason">${strings.reasons[reason]}</p>`,
        )}
        ${buttons([[strings.again, actions.again, 'again']], state.name === 'rejected')}
      `;
    case 'error':
      return html`
        <p part="reason" data-testid="widget-reason">${errorWords(state.error, strings)}</p>
        ${buttons([
          [state.retry === 'load' ? strings.reload : strings.again, actions.again, 'again'],
        ])}
      `;
  }
}

function loadingView(
  { progress }: Extract<CheckState, { name: 'loading' }>,
  strings: WidgetStrings,
): TemplateResult {
  const stage = progress?.stage ?? 'manifest';
  const words =
    stage === 'model' && progress?.cached ? strings.loadingCached : strings.loading[stage];
  const bytes =
    progress?.bytes !== undefined && progress.totalBytes !== undefined
      ? strings.bytes(progress.bytes, progress.totalBytes)
      : '';
  return html`
    <p class="row"><span>${words}</span><span class="quiet">${bytes}</span></p>
    ${progressBar(words, stage === 'model' ? progress?.done : undefined)}
  `;
}

function recordingView(
  state: Extract<CheckState, { name: 'recording' }>,
  { strings, actions, levels }: ViewContext,
): TemplateResult {
  const { progress } = state;
  const share = levelShare(progress.levelDb);
  const width = 100 / Math.max(1, levels.length);
  return html`
    <svg
      class="meter"
      part="meter"
      data-testid="widget-meter"
      role="meter"
      aria-label=${strings.level}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
      aria-valuetext=${strings.levelValue(share)}
      viewBox="0 0 100 40"
      preserveAspectRatio="none"
    >
      ${levels.map((level, index) => {
        const height = 1.5 + level.share * 38;
        return svg`<rect class=${level.heard ? 'heard' : ''} x=${index * width + width * 0.2}
          y=${20 - height / 2} width=${width * 0.6} height=${height} rx="0.6" />`;
      })}
    </svg>
    ${progressBar(strings.progress, progress.speechSeconds / state.neededSeconds)}
    <p class="row">
      <span class="count" data-testid="widget-countdown"
        >${strings.remaining(speechStillNeeded(state))}</span
      >
    </p>
    <p class="prompt" part="prompt">${strings.prompt[state.task]}</p>
    ${buttons(
      [
        [strings.stop, actions.stop, 'stop'],
        [strings.cancel, actions.cancel, 'cancel'],
      ],
      false,
    )}
  `;
}

/** `done` from 0 to 1; undefined sweeps. The share itself is set by the element, as CSP allows. */
function progressBar(label: string, done: number | undefined): TemplateResult {
  const share = done === undefined ? undefined : Math.min(1, Math.max(0, done));
  return html`<div
    class="bar ${share === undefined ? 'unknown' : ''}"
    part="progress"
    role="progressbar"
    aria-label=${label}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${share === undefined ? nothing : Math.round(share * 100)}
  >
    <div class="fill" data-share=${share ?? 0}></div>
  </div>`;
}

function scoreAxis({ score, threshold, accepted }: Verification): TemplateResult {
  return html`<div
    class="axis ${accepted ? 'accepted' : 'rejected'}"
    part="axis"
    aria-hidden="true"
    data-score=${axisShare(score)}
    data-threshold=${axisShare(threshold)}
  >
    <span class="tick"></span><span class="dot"></span>
  </div>`;
}

type Button = readonly [words: string, action: () => void, id: string];

/** The first button is the one that takes the focus; `primary` says whether it stands out. */
function buttons(list: readonly Button[], primary = true): TemplateResult {
  return html`<div class="actions" part="actions">
    ${list.map(
      ([words, action, id], index) => html`<button
        type="button"
        class=${primary && index === 0 ? 'primary' : ''}
        part="button ${primary && index === 0 ? 'primary-button' : 'secondary-button'}"
        data-testid="widget-${id}"
        @click=${action}
      >
        ${words}
      </button>`,
    )}
  </div>`;
}
