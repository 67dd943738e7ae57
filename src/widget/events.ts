import type { VoiceprintError } from '../errors.js';
import type { Enrollment, Verification } from '../verifier/types.js';
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

/** The events of `<voiceprint-check>`; all bubble and cross shadow roots. */
export interface VoiceprintCheckEventMap {
  'voiceprint-enrolled': CustomEvent<EnrolledDetail>;
  'voiceprint-accepted': CustomEvent<DecisionDetail>;
  'voiceprint-rejected': CustomEvent<DecisionDetail>;
  'voiceprint-error': CustomEvent<ErrorDetail>;
  'voiceprint-state': CustomEvent<StateDetail>;
  'voiceprint-deleted': CustomEvent<DeletedDetail>;
}

declare global {
  interface HTMLElementEventMap extends VoiceprintCheckEventMap {}
}
