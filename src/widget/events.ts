import type { VoiceprintError } from '../errors.js';
import type { StreamDegraded, StreamScore, StreamSummary } from '../stream/types.js';
import type { Enrollment, Verification } from '../verifier/types.js';
import type { HeardVoice } from './listening-state.js';
import type { CheckStateName } from './session-state.js';

export interface EnrolledDetail {
  readonly speaker: string;
  readonly enrollment: Enrollment;
}

export interface DecisionDetail {
  readonly speaker: string;
  readonly verification: Verification;
}

export interface ErrorDetail {
  readonly speaker: string;
  readonly error: VoiceprintError;
}

export interface StateDetail {
  readonly state: CheckStateName;
  readonly previous: CheckStateName;
}

export interface DeletedDetail {
  readonly speaker: string;
}

export interface VoiceDetail {
  readonly speaker: string;
  /** Who is heard now. */
  readonly voice: HeardVoice;
  readonly previous: HeardVoice;
  /** The score that told; undefined before the first one. */
  readonly score: StreamScore | undefined;
}

export interface ScoreDetail {
  readonly speaker: string;
  readonly score: StreamScore;
}

export interface DegradedDetail {
  readonly speaker: string;
  readonly degraded: StreamDegraded;
}

export interface StoppedDetail {
  readonly speaker: string;
  readonly summary: StreamSummary;
}

/** The events of `<voiceprint-check>`; all bubble and cross shadow roots. */
export interface VoiceprintCheckEventMap {
  'voiceprint-enrolled': CustomEvent<EnrolledDetail>;
  'voiceprint-accepted': CustomEvent<DecisionDetail>;
  'voiceprint-rejected': CustomEvent<DecisionDetail>;
  'voiceprint-error': CustomEvent<ErrorDetail>;
  'voiceprint-state': CustomEvent<StateDetail>;
  'voiceprint-deleted': CustomEvent<DeletedDetail>;
  'voiceprint-voice': CustomEvent<VoiceDetail>;
  'voiceprint-score': CustomEvent<ScoreDetail>;
  'voiceprint-degraded': CustomEvent<DegradedDetail>;
  'voiceprint-stopped': CustomEvent<StoppedDetail>;
}

declare global {
  interface HTMLElementEventMap extends VoiceprintCheckEventMap {}
}
