import type { StreamDegraded, StreamEvent, StreamScore } from '../stream/types.js';

/**
 * What a continuous check hears: nobody, somebody whom it cannot tell yet, the enrolled voice, or
 * somebody else.
 */
export type HeardVoice = 'silence' | 'unknown' | 'accepted' | 'rejected';

/** One column of the level picture: how loud it was, 0 to 1, and who was heard. */
export interface TrailPoint {
  /** Level of the microphone, 0 to 1. */
  readonly share: number;
  /** Who was heard. */
  readonly voice: HeardVoice;
}

/** A continuous check under way, or paused. */
export interface ListeningState {
  /** Where listening is. */
  readonly name: 'listening' | 'paused';
  /** Who is heard at the moment. */
  readonly voice: HeardVoice;
  /** The latest score; undefined until somebody spoke. */
  readonly score: StreamScore | undefined;
  /** What made listening worse lately. */
  readonly trouble: StreamDegraded | undefined;
  /** Scores for which `trouble` is still worth telling. */
  readonly troubleScores: number;
  /** The last moments, oldest first. */
  readonly trail: readonly TrailPoint[];
}

/** Columns of the level picture: about five seconds. */
export const TRAIL_LENGTH = 40;

/** Scores after a trouble until it is no longer shown: about five seconds of speech. */
const TROUBLE_SCORES = 20;

export const LISTENING: ListeningState = {
  name: 'listening',
  voice: 'silence',
  score: undefined,
  trouble: undefined,
  troubleScores: 0,
  trail: Array.from({ length: TRAIL_LENGTH }, () => ({ share: 0, voice: 'silence' })),
};

const VOICES = {
  unknown: 'unknown',
  accepted: 'accepted',
  rejected: 'rejected',
} as const satisfies Record<StreamScore['decision'], HeardVoice>;

/** The state after an event of the stream. An error is no state of listening: it ends it. */
export function afterStreamEvent(state: ListeningState, event: StreamEvent): ListeningState {
  switch (event.type) {
    case 'score': {
      const troubleScores = Math.max(0, state.troubleScores - 1);
      const trouble = troubleScores > 0 ? state.trouble : undefined;
      return { ...state, voice: VOICES[event.decision], score: event, trouble, troubleScores };
    }
    case 'no-speech':
      return { ...state, voice: 'silence' };
    case 'degraded':
      return { ...state, trouble: event, troubleScores: TROUBLE_SCORES };
    default:
      return state;
  }
}

/** The state after another moment of audio; `share` is its level, 0 to 1. */
export function afterLevel(state: ListeningState, share: number): ListeningState {
  const { voice } = state;
  return { ...state, trail: [...state.trail.slice(1), { share, voice }] };
}

/** Pausing forgets who was speaking, because somebody else may speak afterwards. */
export function paused(state: ListeningState): ListeningState {
  return { ...state, name: 'paused', voice: 'silence' };
}

export function resumed(state: ListeningState): ListeningState {
  return { ...state, name: 'listening' };
}
