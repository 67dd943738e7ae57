import { html, type TemplateResult } from 'lit';
import { type CheckState, levelShare, speechStillNeeded } from '../session-state.js';
import type { ViewContext } from './view-context.js';
import { buttons, levelMeter, progressBar } from './view-parts.js';

/** A recording under way: level, how much is still needed, something to read aloud. */
export function recordingView(
  state: Extract<CheckState, { name: 'recording' }>,
  { strings, actions, levels }: ViewContext,
): TemplateResult {
  const { progress } = state;
  const share = levelShare(progress.levelDb);
  return html`
    ${levelMeter(share, levels, strings)}
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
