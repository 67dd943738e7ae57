import type { VoiceprintError } from '../errors.js';
import type { StreamDegraded, StreamScore, StreamSummary } from '../stream/types.js';
import type { Enrollment, Verification } from '../verifier/types.js';
import type { HeardVoice } from './listening-state.js';
import type { CheckStateName } from './session-state.js';

/** Detail of `voiceprint-enrolled`. */
export interface EnrolledDetail {
  /** Who was enrolled. */
  readonly speaker: string;
  /** The whole result of the enrollment. */
  readonly enrollment: Enrollment;
}

/** Detail of `voiceprint-accepted` and `voiceprint-rejected`. */
export interface DecisionDetail {
  /** Who was claimed to speak. */
  readonly speaker: string;
  /** The whole result of the comparison. */
  readonly verification: Verification;
}

/** Detail of `voiceprint-error`. */
export interface ErrorDetail {
  /** Whom the element is for. */
  readonly speaker: string;
  /** What failed, with its code. */
  readonly error: VoiceprintError;
}

/** Detail of `voiceprint-state`. */
export interface StateDetail {
  /** The state now. */
  readonly state: CheckStateName;
  /** The state before. */
  readonly previous: CheckStateName;
}

/** Detail of `voiceprint-deleted`. */
export interface DeletedDetail {
  /** Whose voiceprint was deleted. */
  readonly speaker: string;
}

/** Detail of `voiceprint-voice`. */
export interface VoiceDetail {
  /** Who is listened for. */
  readonly speaker: string;
  /** Who is heard now. */
  readonly voice: HeardVoice;
  /** Who was heard before. */
  readonly previous: HeardVoice;
  /** The score that told; undefined before the first one. */
  readonly score: StreamScore | undefined;
}

/** Detail of `voiceprint-score`. */
export interface ScoreDetail {
  /** Who is listened for. */
  readonly speaker: string;
  /** The score of this moment. */
  readonly score: StreamScore;
}

/** Detail of `voiceprint-degraded`. */
export interface DegradedDetail {
  /** Who is listened for. */
  readonly speaker: string;
  /** What a stream lost, and why. */
  readonly degraded: StreamDegraded;
}

/** Detail of `voiceprint-stopped`. */
export interface StoppedDetail {
  /** Who was listened for. */
  readonly speaker: string;
  /** Who spoke when, as decided. */
  readonly summary: StreamSummary;
}

/** The events of `<voiceprint-check>`; all bubble and cross shadow roots. */
export interface VoiceprintCheckEventMap {
  /** A person was enrolled. */
  'voiceprint-enrolled': CustomEvent<EnrolledDetail>;
  /** The claimed person spoke. */
  'voiceprint-accepted': CustomEvent<DecisionDetail>;
  /** Somebody else spoke. */
  'voiceprint-rejected': CustomEvent<DecisionDetail>;
  /** Something failed. */
  'voiceprint-error': CustomEvent<ErrorDetail>;
  /** The element went on to another state. */
  'voiceprint-state': CustomEvent<StateDetail>;
  /** A voiceprint was deleted. */
  'voiceprint-deleted': CustomEvent<DeletedDetail>;
  /** A continuous check hears another voice. */
  'voiceprint-voice': CustomEvent<VoiceDetail>;
  /** A continuous check has a new score. */
  'voiceprint-score': CustomEvent<ScoreDetail>;
  /** A continuous check lost something and goes on. */
  'voiceprint-degraded': CustomEvent<DegradedDetail>;
  /** A continuous check ended. */
  'voiceprint-stopped': CustomEvent<StoppedDetail>;
}

declare global {
  interface HTMLElementEventMap extends VoiceprintCheckEventMap {}
}
