import { qualityAdvice } from '../audio/quality/quality-advice.js';
import { speechOnly } from '../audio/speech/speech-segments.js';
import type { AudioInput, MicrophoneSettings, QualityReason } from '../audio/types.js';
import type { Engine } from '../engine/types.js';
import { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
import type { QualityReport, Timings } from './types.js';

/** Decodes any audio input to 16 kHz mono; the browser and Node bring their own. */
export type Decode = (input: AudioInput) => Promise<Float32Array>;

/** An utterance on its way to an embedding: decoded, its speech found, its quality judged. */
export interface Utterance {
  /** 16 kHz mono speech with the pauses cut out; empty when there is none. */
  readonly speech: Float32Array;
  readonly quality: QualityReport;
  readonly microphone: MicrophoneSettings | undefined;
  readonly decodeMilliseconds: number;
  readonly speechMilliseconds: number;
}

/** An utterance and the voice in it. */
export interface EmbeddedUtterance extends Utterance {
  readonly embedding: Float32Array;
  /** Of the streaming model, where there is one beside the model. */
  readonly streamingEmbedding?: Float32Array;
  readonly featuresMilliseconds: number;
  readonly encoderMilliseconds: number;
}

const CODE_OF_REASON: Readonly<Record<QualityReason, VoiceprintErrorCode>> = {
  'too-short': 'audio/too-short',
  silent: 'audio/silent',
  'no-speech': 'audio/no-speech',
  'too-quiet': 'audio/silent',
  clipped: 'audio/clipped',
  noisy: 'audio/noisy',
  'narrow-band': 'audio/invalid',
  'dc-offset': 'audio/dc-offset',
};

/** Decodes an input and judges it. Does not refuse anything that can be decoded. */
export async function readUtterance(
  engine: Engine,
  decode: Decode,
  input: AudioInput,
): Promise<Utterance> {
  const started = performance.now();
  const samples = await decode(input);
  const decoded = performance.now();
  const { quality, milliseconds } = await engine.analyse(samples);
  return {
    speech: speechOnly(samples, quality.segments),
    quality,
    microphone: microphoneOf(input),
    decodeMilliseconds: decoded - started,
    speechMilliseconds: milliseconds,
  };
}

/**
 * Refuses an utterance that must be neither enrolled nor scored.
 *
 * @param which - How the message calls it, such as `'utterance 2 of 3'`.
 * @throws VoiceprintError with the code of the worst reason.
 */
export function refuseUnusable(utterance: Utterance, which: string): void {
  const { quality } = utterance;
  if (quality.usable) return;
  const worst = quality.reasons[0] ?? 'no-speech';
  throw new VoiceprintError(
    CODE_OF_REASON[worst],
    `${which}: ${qualityAdvice[worst]} (${quality.speechSeconds.toFixed(1)} s of speech in ${quality.seconds.toFixed(1)} s)`,
  );
}

/**
 * Computes the embedding of a usable utterance.
 *
 * @param streaming - Embeds it too, for streams.
 */
export async function embedUtterance(
  engine: Engine,
  utterance: Utterance,
  streaming?: Engine,
): Promise<EmbeddedUtterance> {
  const [encoded, streamed] = await Promise.all([
    engine.embed(utterance.speech),
    streaming?.embed(utterance.speech),
  ]);
  const { values, featuresMilliseconds, encoderMilliseconds } = encoded;
  return {
    ...utterance,
    embedding: values,
    ...(streamed === undefined ? {} : { streamingEmbedding: streamed.values }),
    featuresMilliseconds,
    encoderMilliseconds,
  };
}

/** Adds up the time spent on utterances; `total` counts from `started`. */
export function timingsOf(utterances: readonly EmbeddedUtterance[], started: number): Timings {
  const sum = (read: (utterance: EmbeddedUtterance) => number): number =>
    utterances.reduce((total, utterance) => total + read(utterance), 0);
  return {
    decode: sum((u) => u.decodeMilliseconds),
    speech: sum((u) => u.speechMilliseconds),
    features: sum((u) => u.featuresMilliseconds),
    encoder: sum((u) => u.encoderMilliseconds),
    total: performance.now() - started,
  };
}

function microphoneOf(input: AudioInput): MicrophoneSettings | undefined {
  return typeof input === 'object' && 'microphone' in input
    ? (input as { microphone: MicrophoneSettings }).microphone
    : undefined;
}
