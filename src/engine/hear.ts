import { SAMPLE_RATE } from '../audio/limits.js';
import { centred } from '../audio/offset.js';
import { judgeQuality } from '../audio/quality/quality.js';
import type { SpeechDetector } from '../audio/speech/speech-detector.js';
import { speechOnly } from '../audio/speech/speech-segments.js';
import { VoiceprintError } from '../errors.js';
import { turn } from '../lifetime/turn.js';
import { embedInWindows } from './encoder/embed-windows.js';
import type { Encoder } from './encoder/types.js';
import {
  type ClipCut,
  HEAR_DEFAULTS,
  type Heard,
  type HeardPiece,
  type HearOptions,
} from './types.js';

/** The way of one clip: its speech is found, judged, cut, and each piece embedded by each model. */
export async function hearClip(
  detector: Pick<SpeechDetector, 'detect'>,
  encoders: readonly [Encoder, ...Encoder[]],
  clip: Float32Array,
  ask: HearOptions,
): Promise<Heard> {
  const { part, detect, unusable, cut, models, minimumSpeechSeconds } = {
    ...HEAR_DEFAULTS,
    ...ask,
  };
  refuseNonFinite(clip);
  if (cut !== undefined) refuseCut(cut);
  const asked = models === undefined ? encoders : models.map((hash) => encoderOf(encoders, hash));
  const needed = (asked[0] ?? encoders[0]).model.minimumSeconds;
  const started = performance.now();
  const segments = detect
    ? await detector.detect(clip)
    : [{ start: 0, end: clip.length / SAMPLE_RATE }];
  const quality = judgeQuality(clip, segments, {
    minimumSpeechSeconds: minimumSpeechSeconds ?? needed,
  });
  const speechMilliseconds = performance.now() - started;
  const spent = { features: 0, encoder: 0 };
  const pieces: HeardPiece[] = [];
  if (asked.length > 0 && (quality.usable || unusable)) {
    const heard = part === 'whole' ? centred(clip) : speechOnly(clip, segments);
    const known = new Map<string, HeardPiece>();
    for (const { start, end } of stretches(heard.length, cut)) {
      const key = `${start} ${end}`;
      // A run may be synchronous: between two, live streams are served.
      if (known.size > 0) await turn();
      const piece = known.get(key) ?? (await embedPiece(heard.slice(start, end), asked, spent));
      known.set(key, piece);
      pieces.push(piece);
    }
  }
  return {
    quality,
    pieces,
    speechMilliseconds,
    featuresMilliseconds: spent.features,
    encoderMilliseconds: spent.encoder,
    backend: encoders[0].backend,
  };
}

async function embedPiece(
  piece: Float32Array,
  encoders: readonly Encoder[],
  spent: { features: number; encoder: number },
): Promise<HeardPiece> {
  const embeddings = new Map<string, Float32Array>();
  for (const encoder of encoders) {
    const encoded = await embedInWindows(piece, encoder.model, (window) => encoder.encode(window));
    embeddings.set(encoder.model.sha256, encoded.values);
    spent.features += encoded.featuresMilliseconds;
    spent.encoder += encoded.encoderMilliseconds;
  }
  return { seconds: piece.length / SAMPLE_RATE, embeddings };
}

/** The encoder of a model. @throws VoiceprintError `model/mismatch` where there is none. */
export function encoderOf(encoders: readonly Encoder[], hash: string): Encoder {
  const encoder = encoders.find(({ model }) => model.sha256 === hash);
  if (encoder !== undefined) return encoder;
  const names = encoders.map(({ model }) => `${model.name} (${model.sha256.slice(0, 8)})`);
  throw new VoiceprintError(
    'model/mismatch',
    `this engine has no model ${hash.slice(0, 8)}; it has ${names.join(', ')}`,
  );
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function stretches(length: number, cut: ClipCut | undefined): readonly Stretch[] {
  switch (cut?.kind) {
    case undefined:
      return [{ start: 0, end: length }];
    case 'equal': {
      const count = Math.max(1, Math.floor(length / (cut.seconds * SAMPLE_RATE)));
      const each = Math.floor(length / count);
      if (count === 1) return [{ start: 0, end: length }];
      return Array.from({ length: count }, (_, i) => ({ start: i * each, end: (i + 1) * each }));
    }
    case 'starts':
      return cut.seconds.map((seconds) => ({
        start: 0,
        end: seconds === null ? length : Math.min(length, Math.round(seconds * SAMPLE_RATE)),
      }));
  }
}

function refuseCut(cut: ClipCut): void {
  for (const seconds of cut.kind === 'equal' ? [cut.seconds] : cut.seconds) {
    if (seconds === null || (seconds > 0 && Number.isFinite(seconds))) continue;
    throw new VoiceprintError(
      'verifier/invalid',
      `a length is ${seconds}; give seconds above 0, or null for all of it`,
    );
  }
}

/** Throws `audio/invalid` for samples that are not numbers. */
export function refuseNonFinite(samples: Float32Array): void {
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) {
    throw new VoiceprintError(
      'audio/invalid',
      `sample ${bad} is ${samples[bad]}; give finite PCM in [-1, 1]`,
    );
  }
}
