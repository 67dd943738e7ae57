import type { Model } from '../../models/model.js';
import type { BackendReport } from '../../runtime/types.js';
import type { LoadProgress } from '../progress.js';

/** The embedding of one utterance, and what it cost. */
export interface Encoded {
  /** `model.embeddingSize` values. Their length (norm) has no meaning: compare by cosine. */
  readonly values: Float32Array;
  /** Milliseconds spent on features. */
  readonly featuresMilliseconds: number;
  /** Milliseconds spent in the network. */
  readonly encoderMilliseconds: number;
}

/**
 * 16 kHz mono PCM in [-1, 1] in, an embedding out: one of this package's model folders, transformers.js,
 * or anything of the caller's own. The engine does the rest: it finds the speech, cuts long speech
 * into windows, scores and keeps voiceprints.
 */
export interface Encoder extends AsyncDisposable {
  /** What goes into voiceprints and says how its scores are read. */
  readonly model: Model;
  /** Where it runs; may change when a graphics device fails. */
  readonly backend: BackendReport;
  /**
   * @param speech - Finite samples, at most 20 s of them (300 s for a streaming model). Calls may
   *   overlap. The array is the caller's: it must stay as it was.
   * @returns `model.embeddingSize` values.
   * @throws VoiceprintError `audio/too-short` for less speech than it can embed.
   */
  encode(speech: Float32Array): Promise<Encoded>;
  /** Opens a stream of its own; only encoders that hear chunk by chunk have it. */
  openStream?(options: EncoderStreamOptions): Promise<EncoderStream>;
}

/** Options of `Encoder.openStream`; the defaults are in `ENCODER_STREAM_DEFAULTS`. */
export interface EncoderStreamOptions {
  /** Seconds of speech that `recent` looks back on, rounded to whole chunks. @defaultValue 3 */
  readonly windowSeconds?: number;
  /**
   * Frames per step, a multiple of the model's `stack`. Every size compiles shaders of its own on
   * WebGPU; more frames cost less per second of speech and give fewer embeddings. @defaultValue 16
   */
  readonly chunkFrames?: number;
}

/** What a stream says about its speaker after a chunk. */
export interface StreamedEmbedding {
  /** Embedding of all speech since the beginning or the last reset. */
  readonly heard: Float32Array;
  /** Embedding of the last `windowSeconds` of speech. */
  readonly recent: Float32Array;
  /** Seconds of speech in `heard`. */
  readonly heardSeconds: number;
  /** Seconds of speech in `recent`; fewer than `windowSeconds` at first. */
  readonly recentSeconds: number;
  /** Spent on features since the embedding before. */
  readonly featuresMilliseconds: number;
  /** Spent in the graph since the embedding before. */
  readonly encoderMilliseconds: number;
}

/** One stream of speech through a causal encoder. Its cost per second never grows. */
export interface EncoderStream extends AsyncDisposable {
  /** Where it runs; stays the same as long as the stream does. */
  readonly backend: BackendReport;
  /** Seconds of speech that a step takes. */
  readonly chunkSeconds: number;
  /**
   * Takes the next speech. Calls are served in order.
   *
   * @param speech - 16 kHz mono PCM in [-1, 1], any number of samples; read until the promise
   *   resolves, not kept.
   * @returns the embeddings after the last chunk that became whole; undefined when none did.
   * @throws VoiceprintError `audio/invalid` for samples that are not finite numbers, and the stream
   *   goes on as if they had not come; `backend/failed` when the graph did not run: reset the
   *   stream or open another; `disposed` once it was closed.
   */
  push(speech: Float32Array): Promise<StreamedEmbedding | undefined>;
  /** Begins a new stream, after the speech that was pushed before. */
  reset(): Promise<void>;
}

/** What the verifier asks of an {@link EncoderFactory}. */
export interface EncoderRequest {
  /** `'auto'` takes WebGPU where it is there and computes the model right. */
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, 1 to 4. */
  readonly threads?: number;
  /** Told while it loads; `'ready'` is the engine's to say. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Gives the loading up. */
  readonly signal?: AbortSignal;
}

/** Opens an encoder; `transformersEncoder` of `voiceprint-web/transformers` makes such factories. */
export type EncoderFactory = (request: EncoderRequest) => Promise<Encoder>;
