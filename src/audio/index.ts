export { mixToMono } from './channels.js';
export type { GatedSpeech, GateStream } from './gate-stream.js';
export { DECODE_DEFAULTS, type DecodeOptions, SAMPLE_RATE, SAMPLE_RATE_RANGE } from './limits.js';
export {
  MICROPHONE_DEFAULTS,
  type Microphone,
  type MicrophoneOptions,
  openMicrophone,
} from './microphone.js';
export { judgeQuality, QUALITY_DEFAULTS, type QualityOptions } from './quality.js';
export { qualityAdvice } from './quality-advice.js';
export { resample } from './resample.js';
export { SILERO } from './silero.js';
export {
  createSpeechDetector,
  type SpeechDetector,
} from './speech-detector.js';
export { speechOnly, speechSecondsOf } from './speech-segments.js';
export { SPEECH_DETECTOR_DEFAULTS, type SpeechDetectorOptions } from './speech-tracker.js';
export { openResampler, type StreamResampler } from './speex.js';
export { type DecodeFile, toSamples } from './to-samples.js';
export type * from './types.js';
