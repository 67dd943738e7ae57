import type { QualityReport } from '../audio/types.js';
import type { Model } from '../models/model.js';
import type { BackendReport } from '../runtime/types.js';
import type { Listening, ListenOptions } from './live/types.js';

/** How a clip is cut before it is embedded. */
export type ClipCut =
  /** Into pieces of equal length, as many as have at least so many seconds; a short clip stays whole. */
  | { readonly kind: 'equal'; readonly seconds: number }
  /** Its beginning at several lengths in seconds, `null` for all of it; each distinct stretch once. */
  | { readonly kind: 'starts'; readonly seconds: readonly (number | null)[] };

/** What is asked about a clip; the defaults are {@link HEAR_DEFAULTS}. */
export interface HearOptions {
  /** Least seconds of speech that is usable. @defaultValue what the first of the models needs */
  readonly minimumSpeechSeconds?: number;
  /** Hashes of the models that embed it; none only judges. @defaultValue all of the engine's */
  readonly models?: readonly string[];
  /** What is embedded: the speech without its pauses, or the whole clip. @defaultValue `'speech'` */
  readonly part?: 'speech' | 'whole';
  /**
   * Look for speech, which costs about as much as embedding it. Without that the whole clip is taken
   * for speech, in the quality report too. @defaultValue true
   */
  readonly detect?: boolean;
  /** How that is cut. @defaultValue not at all: one piece */
  readonly cut?: ClipCut;
  /** Embed a clip whose quality is not usable, too. @defaultValue false */
  readonly unusable?: boolean;
}

/** Defaults of {@link HearOptions} that do not depend on the engine. */
export const HEAR_DEFAULTS = {
  part: 'speech',
  detect: true,
  unusable: false,
} as const satisfies HearOptions;

/** One piece of a clip. */
export interface HeardPiece {
  /** Length of what was embedded. */
  readonly seconds: number;
  /** By the hash of the model, for each model that was asked for. */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
}

/** What one clip sounds like, and the voice in it. */
export interface Heard {
  readonly quality: QualityReport;
  /** In order, as {@link HearOptions.cut} asked; empty for a clip that is not usable. */
  readonly pieces: readonly HeardPiece[];
  /** Milliseconds spent on finding speech and judging it. */
  readonly speechMilliseconds: number;
  /** Milliseconds spent on features, of all pieces and models. */
  readonly featuresMilliseconds: number;
  /** Milliseconds spent in networks, of all pieces and models. */
  readonly encoderMilliseconds: number;
  /** Where the first model runs now. */
  readonly backend: BackendReport;
}

/** One enrolled embedding that {@link Engine.search} looks through. */
export interface HeldEmbedding {
  readonly speaker: string;
  readonly embedding: Float32Array;
}

/** A speaker who was found. */
export interface Ranked {
  readonly speaker: string;
  /** Mean cosine of the query with the speaker's embeddings, -1 to 1. */
  readonly cosine: number;
}

/**
 * Speech detection, quality, features and encoders, in this process or in a worker: audio in,
 * embeddings out. Audio is 16 kHz mono PCM in [-1, 1], and the caller's arrays stay as they were.
 * Disposing it lets calls end that are under way; later ones throw `disposed`.
 */
export interface Engine extends AsyncDisposable {
  /** One per encoder; the first is the one that decides. */
  readonly models: readonly Model[];
  /** Where the first model runs. */
  readonly backend: BackendReport;
  /**
   * Judges a clip and embeds it, in one go.
   *
   * @throws VoiceprintError `audio/invalid` for samples that are not finite, `audio/too-short` where
   *   a piece is shorter than a model can embed, `verifier/invalid` for an impossible cut,
   *   `model/mismatch` for a model that the engine has not, `backend/failed`.
   */
  hear(clip: Float32Array, ask?: HearOptions): Promise<Heard>;
  /**
   * Listens to live audio: what `record()` and `stream()` use.
   *
   * @throws VoiceprintError `model/unsupported` where the model cannot embed in that mode.
   */
  listen(options: ListenOptions): Promise<Listening>;
  /**
   * Takes the embeddings in that {@link Engine.search} looks through, in place of those before.
   *
   * @throws VoiceprintError `scoring/invalid` for embeddings of several sizes, or of length zero.
   */
  hold(embeddings: readonly HeldEmbedding[]): Promise<void>;
  /**
   * The speakers nearest to an embedding among those that were handed in, best first: exact dot
   * products of unit vectors, averaged per speaker as voiceprints are scored.
   *
   * @param limit - At most so many.
   * @throws VoiceprintError `scoring/invalid` for a query of another size or of length zero.
   */
  search(query: Float32Array, limit: number): Promise<Ranked[]>;
}
