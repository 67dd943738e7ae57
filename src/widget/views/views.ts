import { html, nothing, type TemplateResult } from 'lit';
import { VoiceprintError } from '../../errors.js';
import type { CheckState } from '../session-state.js';
import type { WidgetStrings } from '../strings.js';
import { listeningTitle, listeningView } from './listening-view.js';
import { recordingView } from './recording-view.js';
import type { ViewContext } from './view-context.js';
import { buttons, progressBar, scoreAxis } from './view-parts.js';

/** A short text for the state's heading. */
export function titleOf(state: CheckState, speaker: string, strings: WidgetStrings): string {
  switch (state.name) {
    case 'ready':
      return strings.title[state.task];
    case 'recording':
      return strings.listening;
    case 'working':
      return strings.title[state.task];
    case 'listening':
    case 'paused':
      return listeningTitle(state, speaker, strings);
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
          ${[
            ...strings.consent.points,
            ...(context.continuous ? [strings.continuous.consent] : []),
          ].map(({ term, text }) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}
        </dl>
        ${buttons([[strings.consent.agree, actions.consent, 'consent']])}
      `;
    case 'ready':
      return html`
        ${state.outdated ? html`<p class="notice">${strings.outdated}</p>` : nothing}
        <p>${strings.ready[state.task](context.enrollSeconds)}</p>
        ${
          state.task === 'listen'
            ? nothing
            : html`<p class="prompt" part="prompt">${strings.prompt[state.task]}</p>`
        }
        ${buttons([[strings.start[state.task], () => actions.begin(state.task), 'start']])}
      `;
    case 'recording':
      return recordingView(state, context);
    case 'listening':
    case 'paused':
      return listeningView(state, context);
    case 'working':
      return html`
        <p>${state.step === 'microphone' ? strings.microphone : strings.working[state.task]}</p>
        ${progressBar(strings.working[state.task], state.done)}
        ${buttons([[strings.cancel, actions.cancel, 'cancel']], false)}
      `;
    case 'enrolled': {
      const { speechSeconds, completeness, quality } = state.enrollment;
      const reasons = new Set(quality.flatMap((report) => report.reasons));
      const { next } = context;
      const more = (): void => actions.begin('enroll');
      return html`
        <p>${strings.enrolled(speechSeconds, completeness)}</p>
        ${progressBar(strings.progress, completeness)}
        ${[...reasons].map((reason) => html`<p class="prompt">${strings.reasons[reason]}</p>`)}
        ${buttons([
          ...(next
            ? [[nextWords(next, strings), () => actions.begin(next), 'check'] as const]
            : []),
          ...(completeness < 1 ? [[strings.addMore, more, 'more'] as const] : []),
        ])}
      `;
    }
    case 'accepted':
    case 'rejected':
      return html`
        <p>${strings.decision(state.verification)}</p>
        ${scoreAxis(state.verification, context.scoreRange)}
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

function nextWords(next: 'verify' | 'listen', strings: WidgetStrings): string {
  return next === 'listen' ? strings.start.listen : strings.check;
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
