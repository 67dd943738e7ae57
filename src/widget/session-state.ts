import type { VoiceprintError } from '../errors.js';
import type { StreamEvent } from '../stream/types.js';
import type {
  EnrolledSpeaker,
  Enrollment,
  LoadProgress,
  RecordingProgress,
  Verification,
} from '../verifier/types.js';
import {
  afterLevel,
  afterStreamEvent,
  LISTENING,
  type ListeningState,
  paused,
  resumed,
} from './listening-state.js';

/** What the microphone is opened for next. */
export type Task = RecordedTask | 'listen';

/** What takes a recording; listening goes on until it is stopped. */
export type RecordedTask = 'enroll' | 'verify';

/** `'auto'` enrolls whoever is not enrolled yet and verifies whoever is. */
export type CheckMode = RecordedTask | 'auto';

/** Everything `<voiceprint-check>` can be showing. */
export type CheckState =
  | {
      readonly name: 'loading';
      /** How far loading is; undefined before anything is known. */
      readonly progress: LoadProgress | undefined;
    }
  | { readonly name: 'consent' }
  | {
      readonly name: 'ready';
      /** What the button begins. */
      readonly task: Task;
      /** Whether the person is enrolled by another model and has to enroll again. */
      readonly outdated: boolean;
    }
  | {
      readonly name: 'recording';
      /** What is recorded for. */
      readonly task: RecordedTask;
      /** Seconds of speech after which the recording stops by itself. */
      readonly neededSeconds: number;
      /** Level and speech so far. */
      readonly progress: RecordingProgress;
    }
  | {
      readonly name: 'working';
      /** What is worked on. */
      readonly task: Task;
      /** What is waited for. */
      readonly step: 'microphone' | 'scoring';
      /** 0 to 1; undefined while nothing can be said about it. */
      readonly done: number | undefined;
    }
  | ListeningState
  | {
      readonly name: 'enrolled';
      /** What was enrolled. */
      readonly enrollment: Enrollment;
    }
  | {
      /** The decision. */
      readonly name: 'accepted' | 'rejected';
      /** The whole result of the comparison. */
      readonly verification: Verification;
    }
  | {
      readonly name: 'error';
      /** What failed, with its code. */
      readonly error: VoiceprintError;
      /** What "try again" leads to: loading anew, or another recording. */
      readonly retry: 'load' | Task;
    };

/** Where an element is on the way from loading to a decision. */
export type CheckStateName = CheckState['name'];

/** What can happen to a check, from the person, the verifier or the device. */
export type CheckEvent =
  | { readonly type: 'load' }
  | { readonly type: 'load-progress'; readonly progress: LoadProgress }
  | { readonly type: 'consent-needed' }
  | { readonly type: 'ready'; readonly task: Task; readonly outdated: boolean }
  | { readonly type: 'microphone-asked'; readonly task: Task }
  | {
      readonly type: 'recording-started';
      readonly task: RecordedTask;
      readonly neededSeconds: number;
    }
  | { readonly type: 'recording-progress'; readonly progress: RecordingProgress }
  | { readonly type: 'recorded'; readonly task: Task }
  | { readonly type: 'scoring-progress'; readonly done: number }
  | { readonly type: 'listening-started' }
  | { readonly type: 'stream'; readonly event: StreamEvent }
  | { readonly type: 'level'; readonly levelDb: number }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'enrolled'; readonly enrollment: Enrollment }
  | { readonly type: 'verified'; readonly verification: Verification }
  | {
      readonly type: 'failed';
      readonly error: VoiceprintError;
      readonly retry: 'load' | Task;
    };

export const INITIAL_STATE: CheckState = { name: 'loading', progress: undefined };

const SILENCE: RecordingProgress = {
  levelDb: Number.NEGATIVE_INFINITY,
  speaking: false,
  seconds: 0,
  speechSeconds: 0,
};

/**
 * The state after an event. Progress that arrives late (after the recording stopped, say) leaves
 * the state as it is, so callers need not guard their callbacks.
 */
export function nextState(state: CheckState, event: CheckEvent): CheckState {
  switch (event.type) {
    case 'load':
      return INITIAL_STATE;
    case 'load-progress':
      return state.name === 'loading' ? { name: 'loading', progress: event.progress } : state;
    case 'consent-needed':
      return { name: 'consent' };
    case 'ready':
      return { name: 'ready', task: event.task, outdated: event.outdated };
    case 'microphone-asked':
      return { name: 'working', task: event.task, step: 'microphone', done: undefined };
    case 'recording-started':
      return {
        name: 'recording',
        task: event.task,
        neededSeconds: event.neededSeconds,
        progress: SILENCE,
      };
    case 'recording-progress':
      return state.name === 'recording' ? { ...state, progress: event.progress } : state;
    case 'recorded':
      return { name: 'working', task: event.task, step: 'scoring', done: undefined };
    case 'scoring-progress':
      return state.name === 'working' && state.step === 'scoring'
        ? { ...state, done: Math.min(1, Math.max(0, event.done)) }
        : state;
    case 'listening-started':
      return LISTENING;
    case 'stream':
      return state.name === 'listening' ? afterStreamEvent(state, event.event) : state;
    case 'level':
      return state.name === 'listening' ? afterLevel(state, levelShare(event.levelDb)) : state;
    case 'paused':
      return state.name === 'listening' ? paused(state) : state;
    case 'resumed':
      return state.name === 'paused' ? resumed(state) : state;
    case 'enrolled':
      return { name: 'enrolled', enrollment: event.enrollment };
    case 'verified':
      return {
        name: event.verification.accepted ? 'accepted' : 'rejected',
        verification: event.verification,
      };
    case 'failed':
      return { name: 'error', error: event.error, retry: event.retry };
  }
}

/**
 * What a check in `mode` does next for someone who is, or is not, in the vault. A continuous one
 * listens where another verifies. A voiceprint of another model cannot be compared: whatever the
 * mode, they are asked to enroll again.
 */
export function taskFor(
  mode: CheckMode,
  enrolled: EnrolledSpeaker | undefined,
  continuous = false,
): Task {
  const known = mode === 'auto' ? enrolled?.comparable === true : mode === 'verify';
  const task = known && enrolled?.comparable !== false ? 'verify' : 'enroll';
  return task === 'verify' && continuous ? 'listen' : task;
}

/** Seconds of speech still missing, never negative. */
export function speechStillNeeded(state: Extract<CheckState, { name: 'recording' }>): number {
  return Math.max(0, state.neededSeconds - state.progress.speechSeconds);
}

/** A level in dB relative to full scale as a share of a meter that spans -60 to -6 dB. */
export function levelShare(levelDb: number): number {
  if (!(levelDb > -60)) return 0;
  return Math.min(1, (levelDb + 60) / 54);
}
