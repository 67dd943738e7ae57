import { describe, expect, it } from 'vitest';
import type { StreamDegraded, StreamScore } from '../stream/types.js';
import {
  afterLevel,
  afterStreamEvent,
  LISTENING,
  type ListeningState,
  paused,
  resumed,
  TRAIL_LENGTH,
} from './listening-state.js';

const score = (decision: StreamScore['decision']): StreamScore => ({
  type: 'score',
  atSeconds: 2,
  speechSeconds: 2,
  scoredSeconds: 2,
  decision,
  speaker: decision === 'accepted' ? 'ada' : undefined,
  candidates: [],
  cosine: 0.6,
  score: 0.6,
  llr: undefined,
  nobody: undefined,
  threshold: 0.4,
  falseAcceptRate: 0.05,
  cost: { latencyMilliseconds: 40, load: 0.1, droppedSeconds: 0 },
});

const trouble: StreamDegraded = {
  type: 'degraded',
  atSeconds: 2,
  reason: 'moved-to-wasm',
  message: 'moved',
  droppedSeconds: 0,
};

const hear = (state: ListeningState, ...decisions: StreamScore['decision'][]): ListeningState =>
  decisions.reduce((now, decision) => afterStreamEvent(now, score(decision)), state);

describe('a continuous check', () => {
  it('follows the decisions and falls silent with the speaker', () => {
    expect(LISTENING.voice).toBe('silence');
    expect(hear(LISTENING, 'unknown').voice).toBe('unknown');
    const accepted = hear(LISTENING, 'unknown', 'accepted');
    expect(accepted.voice).toBe('accepted');
    const silent = afterStreamEvent(accepted, {
      type: 'no-speech',
      atSeconds: 5,
      silentSeconds: 3,
    });
    expect(silent.voice).toBe('silence');
    expect(silent.score).toBe(accepted.score);
  });

  it('tells a trouble for a while, then no longer', () => {
    let state = afterStreamEvent(LISTENING, trouble);
    expect(state.trouble).toBe(trouble);
    state = hear(state, 'accepted');
    expect(state.trouble).toBe(trouble);
    for (let n = 0; n < 40; n++) state = hear(state, 'accepted');
    expect(state.trouble).toBeUndefined();
  });

  it('draws every moment in the colour of who was heard then', () => {
    const state = afterLevel(hear(LISTENING, 'rejected'), 0.7);
    expect(state.trail).toHaveLength(TRAIL_LENGTH);
    expect(state.trail.at(-1)).toEqual({ share: 0.7, voice: 'rejected' });
    expect(state.trail.at(-2)).toEqual({ share: 0, voice: 'silence' });
  });

  it('forgets who was speaking over a pause, not what was heard', () => {
    const state = resumed(paused(hear(LISTENING, 'accepted')));
    expect(state.voice).toBe('silence');
    expect(state.score?.decision).toBe('accepted');
  });
});
