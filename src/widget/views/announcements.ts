import { type CheckState, speechStillNeeded } from '../session-state.js';
import type { WidgetStrings } from '../strings.js';
import { listeningTitle } from './listening-view.js';
import { errorWords, titleOf } from './views.js';

/**
 * What a screen reader is told when one state follows another; undefined when there is nothing new
 * to say.
 */
export function announcementOf(
  state: CheckState,
  previous: CheckState,
  speaker: string,
  strings: WidgetStrings,
): string | undefined {
  if (state.name === 'recording' && previous.name === 'recording') {
    const half = state.neededSeconds / 2;
    const passed = speechStillNeeded(state) <= half && speechStillNeeded(previous) > half;
    return passed ? strings.halfway : undefined;
  }
  if (state.name === 'listening' && previous.name === 'listening') {
    const title = listeningTitle(state, speaker, strings);
    return title === listeningTitle(previous, speaker, strings) ? undefined : title;
  }
  if (state.name === previous.name) return undefined;
  const title = titleOf(state, speaker, strings);
  switch (state.name) {
    case 'recording':
      return strings.speakNow;
    case 'accepted':
    case 'rejected':
      return `${title}. ${strings.decision(state.verification)}`;
    case 'error':
      return errorWords(state.error, strings);
    case 'working':
      return state.step === 'microphone' ? strings.microphone : strings.working[state.task];
    default:
      return title;
  }
}
