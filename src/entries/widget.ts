/**
 * `voiceprint-web/widget`: importing it registers `<voiceprint-check>`, where there is a DOM.
 *
 * @packageDocumentation
 */
import { defineVoiceprintCheck } from '../widget/define.js';

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
} from '../widget/events.js';
export type { ListeningOptions } from '../widget/listening.js';
export type { HeardVoice } from '../widget/listening-state.js';
export type { CheckMode, CheckStateName } from '../widget/session-state.js';
export {
  type ContinuousStrings,
  ENGLISH,
  falseAcceptWords,
  type WidgetStrings,
} from '../widget/strings.js';
export { VoiceprintCheck } from '../widget/voiceprint-check.js';

defineVoiceprintCheck();
