import type { StreamEvent, StreamTurn } from 'voiceprint-web';
import { errorWords, score, seconds } from '../state/words.js';

/** Who spoke during a turn. */
export function turnWords(turn: StreamTurn | undefined): string {
  if (!turn) return 'nobody speaks';
  if (turn.decision === 'unknown') return 'not decided yet';
  return turn.decision === 'accepted' ? (turn.speaker ?? 'accepted') : 'somebody else';
}

const NOBODY_ENROLLED = 'somebody else';

/** One line per event for the log. */
export function eventWords(event: StreamEvent): string {
  switch (event.type) {
    case 'score':
      return `${event.candidates[0]?.speaker ?? 'nobody'} ${score(event.score)}, needed ${score(event.threshold)}`;
    case 'accept':
      return `${event.speaker}, after ${seconds(event.decidedAfterSeconds)} of speech`;
    case 'reject':
      return `None of them, after ${seconds(event.decidedAfterSeconds)} of speech`;
    case 'speaker-change':
      return `${event.from ?? NOBODY_ENROLLED} → ${event.to ?? NOBODY_ENROLLED}`;
    case 'no-speech':
      return `Nobody spoke for ${seconds(event.silentSeconds)}`;
    case 'degraded':
      return event.message;
    case 'error':
      return errorWords(event.error);
  }
}
