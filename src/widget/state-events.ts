import type { VoiceprintCheckEventMap } from './events.js';
import type { CheckState } from './session-state.js';

/** Sends one of the element's events. */
export type Emit = <Name extends keyof VoiceprintCheckEventMap>(
  name: Name,
  detail: VoiceprintCheckEventMap[Name]['detail'],
) => void;

/** Sends the events that follow from a change of state. */
export function emitStateEvents(
  state: CheckState,
  previous: CheckState,
  speaker: string,
  emit: Emit,
): void {
  if (state.name !== previous.name) {
    emit('voiceprint-state', { state: state.name, previous: previous.name });
    if (state.name === 'enrolled') {
      emit('voiceprint-enrolled', { speaker, enrollment: state.enrollment });
    } else if (state.name === 'accepted' || state.name === 'rejected') {
      emit(`voiceprint-${state.name}`, { speaker, verification: state.verification });
    } else if (state.name === 'error') {
      emit('voiceprint-error', { speaker, error: state.error });
    }
  }
  const [voice, before] = [voiceOf(state), voiceOf(previous)];
  if (voice !== before) {
    const score = 'score' in state ? state.score : undefined;
    emit('voiceprint-voice', { speaker, voice, previous: before, score });
  }
}

/** Nobody is heard where nobody listens. */
function voiceOf(state: CheckState) {
  return state.name === 'listening' ? state.voice : 'silence';
}
