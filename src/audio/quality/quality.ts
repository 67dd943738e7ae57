import { levelDb, meanPower, powerDb } from '../level.js';
import { SAMPLE_RATE } from '../limits.js';
import { baselineOf, centred } from '../offset.js';
import { speechOnly } from '../speech/speech-segments.js';
import type { QualityReason, QualityReport, SpeechSegment } from '../types.js';
import { clippedShare } from './clipping.js';
import { isNarrowBand } from './narrow-band.js';
import { estimateSnr } from './snr.js';

/** Limits that {@link judgeQuality} judges by; the defaults are {@link QUALITY_DEFAULTS}. */
export interface QualityOptions {
  /** Least speech in seconds; take it from the model's manifest. @defaultValue 1 */
  readonly minimumSpeechSeconds?: number;
  /** The loudest 100 ms below this level, in dB relative to full scale, are silence. @defaultValue -60 */
  readonly silentBelowDb?: number;
  /** Speech below this level is too quiet (a warning). @defaultValue -42 */
  readonly quietBelowDb?: number;
  /** Speech is clipped when at least this share of its samples is. @defaultValue 0.005 */
  readonly clippedFrom?: number;
  /** Below this signal-to-noise ratio in dB audio is noisy (a warning). @defaultValue 10 */
  readonly noisyBelowDb?: number;
  /** Below this signal-to-noise ratio in dB audio is not usable. @defaultValue 0 */
  readonly unusableBelowSnrDb?: number;
  /** An offset of at least this much of full scale is named (a warning). @defaultValue 0.01 */
  readonly offsetFrom?: number;
}

/** Defaults of {@link QualityOptions}. */
const QUALITY_DEFAULTS = {
  minimumSpeechSeconds: 1,
  silentBelowDb: -60,
  quietBelowDb: -42,
  clippedFrom: 0.005,
  noisyBelowDb: 10,
  unusableBelowSnrDb: 0,
  offsetFrom: 0.01,
} as const satisfies Required<QualityOptions>;

/** Reasons that make audio unusable whatever their degree; the others warn. */
const REFUSING: ReadonlySet<QualityReason> = new Set([
  'silent',
  'no-speech',
  'too-short',
  'clipped',
]);

/** Samples over which silence is judged: 100 ms. */
const SILENCE_WINDOW = SAMPLE_RATE / 10;

/**
 * Judges whether an utterance is good enough to enroll or to verify.
 *
 * Audio is unusable when it is silent, holds no speech or too little of it, is clipped, or is so
 * noisy that the noise is louder than the speech. Quiet, noisy and narrow-band audio is usable,
 * with a warning among the reasons. A constant or drifting offset is taken off before anything is
 * measured but clipping, and named.
 *
 * @param clip - 16 kHz mono PCM in [-1, 1].
 * @param segments - Its speech, as a speech detector found it.
 */
export function judgeQuality(
  clip: Float32Array,
  segments: readonly SpeechSegment[],
  options: QualityOptions = {},
): QualityReport {
  const limits = { ...QUALITY_DEFAULTS, ...options };
  const baseline = baselineOf(clip);
  const samples = centred(clip, baseline);
  const speech = speechOnly(samples, segments);
  const speechSeconds = speech.length / SAMPLE_RATE;
  const snrDb = estimateSnr(samples, segments);
  const level = levelDb(speech);
  const clipped = clippedShare(speech.length > 0 ? speech : samples);

  const reasons: QualityReason[] = [];
  if (loudestDb(samples) < limits.silentBelowDb) reasons.push('silent');
  else {
    if (speech.length === 0) reasons.push('no-speech');
    else if (speechSeconds < limits.minimumSpeechSeconds) reasons.push('too-short');
    if (clipped >= limits.clippedFrom) reasons.push('clipped');
    if (snrDb !== undefined && snrDb < limits.noisyBelowDb) reasons.push('noisy');
    if (speech.length > 0 && level < limits.quietBelowDb) reasons.push('too-quiet');
    if (isNarrowBand(speech)) reasons.push('narrow-band');
    if (baseline.farthest >= limits.offsetFrom) reasons.push('dc-offset');
  }
  return {
    usable:
      !reasons.some((reason) => REFUSING.has(reason)) &&
      !(snrDb !== undefined && snrDb < limits.unusableBelowSnrDb),
    reasons,
    seconds: samples.length / SAMPLE_RATE,
    speechSeconds,
    levelDb: level,
    peak: clip.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
    clippedShare: clipped,
    snrDb,
    segments,
  };
}

function loudestDb(samples: Float32Array): number {
  let loudest = 0;
  for (let start = 0; start < samples.length; start += SILENCE_WINDOW) {
    const end = Math.min(samples.length, start + SILENCE_WINDOW);
    loudest = Math.max(loudest, meanPower(samples, start, end));
  }
  return powerDb(loudest);
}
