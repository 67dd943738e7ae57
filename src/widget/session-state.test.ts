import { describe, expect, it } from 'vitest';
import { VoiceprintError } from '../errors.js';
import type { EnrolledSpeaker, Verification } from '../verifier/types.js';
import {
  type CheckState,
  INITIAL_STATE,
  levelShare,
  nextState,
  speechStillNeeded,
  taskFor,
} from './session-state.js';

const recording: CheckState = nextState(INITIAL_STATE, {
  type: 'recording-started',
  task: 'enroll',
  neededSeconds: 6,
});

describe('nextState', () => {
  it('ignores progress that arrives after its state', () => {
    const ready: CheckState = { name: 'ready', task: 'verify', outdated: false };
    const progress = { levelDb: -20, speaking: true, seconds: 2, speechSeconds: 1 };
    expect(nextState(ready, { type: 'recording-progress', progress })).toBe(ready);
    expect(nextState(ready, { type: 'scoring-progress', done: 0.5 })).toBe(ready);
    expect(
      nextState(ready, { type: 'load-progress', progress: { stage: 'model', done: 0.1 } }),
    ).toBe(ready);
  });

  it('keeps task and goal while recording', () => {
    const progress = { levelDb: -20, speaking: true, seconds: 5, speechSeconds: 4 };
    const next = nextState(recording, { type: 'recording-progress', progress });
    expect(next).toEqual({ name: 'recording', task: 'enroll', neededSeconds: 6, progress });
  });

  it('splits a verification by its decision', () => {
    const verification = { accepted: false } as Verification;
    expect(nextState(recording, { type: 'verified', verification }).name).toBe('rejected');
    const accepted = { ...verification, accepted: true };
    expect(nextState(recording, { type: 'verified', verification: accepted }).name).toBe(
      'accepted',
    );
  });

  it('clamps scoring progress', () => {
    const working = nextState(recording, { type: 'recorded', task: 'enroll' });
    expect(nextState(working, { type: 'scoring-progress', done: 7 })).toMatchObject({ done: 1 });
    expect(nextState(working, { type: 'scoring-progress', done: -1 })).toMatchObject({ done: 0 });
  });

  it('remembers what trying again leads to', () => {
    const error = new VoiceprintError('audio/silent', 'silent');
    const failed = nextState(recording, { type: 'failed', error, retry: 'verify' });
    expect(failed).toEqual({ name: 'error', error, retry: 'verify' });
  });
});

describe('taskFor', () => {
  const person = (comparable: boolean) => ({ speaker: 'ada', comparable }) as EnrolledSpeaker;
  it('verifies only voiceprints that can be compared', () => {
    expect(taskFor('auto', undefined)).toBe('enroll');
    expect(taskFor('auto', person(false))).toBe('enroll');
    expect(taskFor('auto', person(true))).toBe('verify');
    expect(taskFor('enroll', person(true))).toBe('enroll');
    expect(taskFor('verify', undefined)).toBe('verify');
    expect(taskFor('verify', person(false))).toBe('enroll');
    expect(taskFor('verify', person(true), true)).toBe('listen');
  });
});

describe('levels and countdown', () => {
  it('maps -60 to -6 dB onto 0 to 1, silence and NaN onto 0', () => {
    expect(levelShare(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(levelShare(Number.NaN)).toBe(0);
    expect(levelShare(-33)).toBeCloseTo(0.5);
    expect(levelShare(0)).toBe(1);
  });

  it('never counts below zero', () => {
    const progress = { levelDb: -20, speaking: true, seconds: 9, speechSeconds: 8 };
    const next = nextState(recording, { type: 'recording-progress', progress });
    expect(next.name === 'recording' && speechStillNeeded(next)).toBe(0);
  });
});
