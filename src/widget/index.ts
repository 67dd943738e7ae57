import { VoiceprintCheck } from './voiceprint-check.js';

// Two copies of this module on one page (two bundles, say) must not throw: the first one serves.
if (!customElements.get('voiceprint-check')) {
  customElements.define('voiceprint-check', VoiceprintCheck);
}

export type {
  DecisionDetail,
  DeletedDetail,
  EnrolledDetail,
  ErrorDetail,
  StateDetail,
  VoiceprintCheckEventMap,
} from './events.js';
export type { CheckMode, CheckStateName } from './session-state.js';
export { ENGLISH, falseAcceptWords, type WidgetStrings } from './strings.js';
export { VoiceprintCheck };
