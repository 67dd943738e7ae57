import { qualityAdvice } from '../audio/quality/quality-advice.js';
import type { AudioInput, MicrophoneSettings, QualityReason } from '../audio/types.js';
import type { Engine, HeardPiece, HearOptions } from '../engine/types.js';
import { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
import type { QualityReport, Timings } from './types.js';

/** Decodes any audio input to 16 kHz mono; the browser and Node bring their own. */
export type Decode = (input: AudioInput) => Promise<Float32Array>;

/** Milliseconds that an utterance, or a piece of one, took. */
interface UtteranceTimes {
  readonly decodeMilliseconds: number;
  readonly speechMilliseconds: number;
  readonly featuresMilliseconds: number;
  readonly encoderMilliseconds: number;
}

/** An utterance as the engine heard it. */
export interface Utterance extends UtteranceTimes {
  readonly quality: QualityReport;
  /** Empty where the quality is not usable. */
  readonly pieces: readonly HeardPiece[];
  readonly microphone: MicrophoneSettings | undefined;
}

/** A piece of an utterance and the voice in it. */
export interface EmbeddedUtterance extends UtteranceTimes {
  readonly quality: QualityReport;
  readonly microphone: MicrophoneSettings | undefined;
  /** Of speech. */
  readonly seconds: number;
  /** By the model that decides. */
  readonly embedding: Float32Array;
  /** By the hash of each model that heard it. */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
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

/** Decodes an input, and has it judged and embedded in one trip to the engine. */
export async function readUtterance(
  engine: Engine,
  decode: Decode,
  input: AudioInput,
  ask: HearOptions,
): Promise<Utterance> {
  const started = performance.now();
  const samples = await decode(input);
  const decodeMilliseconds = performance.now() - started;
  const { backend, ...heard } = await engine.hear(samples, ask);
  return { ...heard, microphone: microphoneOf(input), decodeMilliseconds };
}

/**
 * Refuses an utterance that must be neither enrolled nor scored.
 *
 * @param which - How the message calls it, such as `'utterance 2 of 3'`.
 * @throws VoiceprintError with the code of the worst reason.
 */
export function refuseUnusable({ quality }: Pick<Utterance, 'quality'>, which: string): void {
  if (quality.usable) return;
  const worst = quality.reasons[0] ?? 'no-speech';
  throw new VoiceprintError(
    CODE_OF_REASON[worst],
    `${which}: ${qualityAdvice[worst]} (${quality.speechSeconds.toFixed(1)} s of speech in ${quality.seconds.toFixed(1)} s)`,
  );
}

/**
 * The pieces of a usable utterance, each with its share of the time spent.
 *
 * @param model - Hash of the model that decides.
 */
export function embeddedPieces(utterance: Utterance, model: string): readonly EmbeddedUtterance[] {
  const { pieces, quality, microphone } = utterance;
  return pieces.flatMap(({ seconds, embeddings }) => {
    const embedding = embeddings.get(model);
    if (embedding === undefined) return [];
    return {
      quality,
      microphone,
      seconds,
      embedding,
      embeddings,
      decodeMilliseconds: utterance.decodeMilliseconds / pieces.length,
      speechMilliseconds: utterance.speechMilliseconds / pieces.length,
      featuresMilliseconds: utterance.featuresMilliseconds / pieces.length,
      encoderMilliseconds: utterance.encoderMilliseconds / pieces.length,
    };
  });
}

/** Adds up the time spent on utterances; `total` counts from `started`. */
export function timingsOf(utterances: readonly UtteranceTimes[], started: number): Timings {
  const sum = (read: (utterance: UtteranceTimes) => number): number =>
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
