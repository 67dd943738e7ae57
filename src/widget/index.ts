import { VoiceprintCheck } from './voiceprint-check.js';

// Two copies of this module on one page (two bundles, say) must not throw: the first one serves.
if (!customElements.get('voiceprint-check')) {
  customElements.define('voiceprint-check', VoiceprintCheck);
}

export type {
  DecisionDetail,
  DegradedDetail,
  DeletedDetail,
  EnrolledDetail,
  ErrorDetail,
  ScoreDetail,
  StateDetail,
  StoppedDetail,
  VoiceDetail,
  VoiceprintCheckEventMap,
} from './events.js';
export type { ListeningOptions } from './listening.js';
export type { HeardVoice } from './listening-state.js';
export type { CheckMode, CheckStateName } from './session-state.js';
export {
  type ContinuousStrings,
  ENGLISH,
  falseAcceptWords,
  type WidgetStrings,
} from './strings.js';
export { VoiceprintCheck };
