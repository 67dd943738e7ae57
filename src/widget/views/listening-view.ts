import { html, type TemplateResult } from 'lit';
import type { ListeningState } from '../listening-state.js';
import type { WidgetStrings } from '../strings.js';
import type { ViewContext } from './view-context.js';
import { axisShare, buttons, levelMeter } from './view-parts.js';

/** The heading: who is heard, once anybody was. */
export function listeningTitle(
  { name, voice, score }: ListeningState,
  speaker: string,
  strings: WidgetStrings,
): string {
  if (name === 'paused') return strings.title.paused;
  if (voice === 'silence' && score === undefined) return strings.listening;
  return strings.continuous.voice[voice](speaker);
}

/** Listening on and on: level and voices of the last moments, the score, what it means. */
export function listeningView(
  state: ListeningState,
  { strings, actions, scoreRange }: ViewContext,
): TemplateResult {
  const { voice, score, trouble, trail } = state;
  const { continuous } = strings;
  const paused = state.name === 'paused';
  const share = paused ? 0 : (trail.at(-1)?.share ?? 0);
  const columns = trail.map((point) => ({ share: point.share, kind: point.voice }));
  const words = continuous.detail[paused ? 'paused' : voice];
  return html`
    ${levelMeter(share, columns, strings)}
    <div
      class="axis slim ${voice}"
      part="axis"
      aria-hidden="true"
      data-score=${score === undefined ? 0 : axisShare(score.score, scoreRange)}
      data-threshold=${score === undefined ? 1 : axisShare(score.threshold, scoreRange)}
      ?data-empty=${score === undefined}
    >
      <span class="tick"></span><span class="dot"></span>
    </div>
    <p class="row" part="score">
      <span class="count" data-testid="widget-score"
        >${score ? continuous.scoreLine(score) : continuous.noScore}</span
      >
      <span class="on ${paused ? 'off' : ''}" data-testid="widget-microphone"
        >${continuous.microphone[paused ? 'off' : 'on']}</span
      >
    </p>
    <p class="detail ${trouble ? 'notice' : ''}" part="reason" data-testid="widget-detail">
      ${trouble ? (continuous.troubles[trouble.reason] ?? trouble.message) : words}
    </p>
    ${buttons(
      [
        paused
          ? [continuous.resume, actions.resume, 'resume']
          : [continuous.pause, actions.pause, 'pause'],
        [continuous.stop, actions.stop, 'stop'],
      ],
      paused,
    )}
  `;
}
