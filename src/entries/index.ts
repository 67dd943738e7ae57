/**
 * `voiceprint-web`: speaker verification inside the web page, from {@link createVerifier}.
 *
 * @packageDocumentation
 */
export { qualityAdvice } from '../audio/quality/quality-advice.js';
export type {
  AudioInput,
  MicrophoneSettings,
  PcmAudio,
  QualityReason,
  QualityReport,
  Recording,
  SpeechSegment,
} from '../audio/types.js';
export type {
  Encoded,
  Encoder,
  EncoderFactory,
  EncoderRequest,
  EncoderStream,
  EncoderStreamOptions,
  StreamedEmbedding,
} from '../engine/encoder/types.js';
export type { LoadProgress } from '../engine/progress.js';
export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export type { ModelFiles } from '../models/given-files.js';
export type { Model, ModelNormalization } from '../models/model.js';
export type { LengthErrors, ListErrors, Threshold, WorstList } from '../models/thresholds.js';
export { worstList } from '../models/thresholds.js';
export type { BackendName, BackendReport } from '../runtime/types.js';
export { STRANGER_PRIOR } from '../scoring/among.js';
export type { Calibration, CalibrationEntry } from '../scoring/calibration.js';
export { scoreRange } from '../scoring/score-range.js';
export { STREAM_DEFAULTS } from '../stream/options.js';
export type {
  StreamAccept,
  StreamCandidate,
  StreamCost,
  StreamDecision,
  StreamDegraded,
  StreamEvent,
  StreamFailure,
  StreamMode,
  StreamNoSpeech,
  StreamOptions,
  StreamReject,
  StreamScore,
  StreamSource,
  StreamSpeakerChange,
  StreamState,
  StreamSummary,
  StreamTurn,
  VoiceStream,
} from '../stream/types.js';
export { createVerifier } from '../verifier/create-verifier.js';
export type { EmbedLengthsOptions, LengthEmbedding } from '../verifier/embed-lengths.js';
export { RECORD_DEFAULTS, VERIFIER_DEFAULTS } from '../verifier/options.js';
export type {
  Candidate,
  Embedding,
  EnrolledSpeaker,
  Enrollment,
  EnrollOptions,
  Identification,
  IdentifyOptions,
  RecordingProgress,
  RecordingSession,
  RecordOptions,
  Timings,
  Verification,
  Verifier,
  VerifierOptions,
  VerifyOptions,
} from '../verifier/types.js';
