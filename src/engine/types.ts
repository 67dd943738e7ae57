import type { GatedSpeech } from '../audio/speech/gate-stream.js';
import type { QualityReport } from '../audio/types.js';
import type { ModelFiles } from '../models/given-files.js';
import type { Manifest, ManifestNormalization } from '../models/manifest.js';
import type { BackendReport } from '../runtime/types.js';
import type { LoadProgress } from '../verifier/types.js';
import type { EngineVoiceOptions, EngineVoiceStream } from './live/types.js';

/** Options of `openEngine` and `openWorkerEngine`. */
export interface EngineOptions {
  /** A model that ships, the URL of a model folder, or its files; in Node also a path. */
  readonly model: string | URL | ModelFiles;
  /** `'auto'` takes WebGPU when it is there and its self-check passes. @defaultValue `'auto'` */
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, 1 to 4. */
  readonly threads?: number;
  /** Keep downloads in the Cache API, where there is one. @defaultValue true */
  readonly cache?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
  /**
   * Taken for the outcome of the self-check on WebGPU, so that tests can make it fail.
   * @internal
   */
  readonly selfCheckCosine?: number;
}

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS = {
  backend: 'auto',
  cache: true,
} as const satisfies Partial<EngineOptions>;

/** Options of `openSpeechEngine`. */
export type SpeechEngineOptions = Pick<EngineOptions, 'threads' | 'cache' | 'signal'>;

/** What a verifier reads of a model's manifest. */
export type EngineModel = Pick<
  Manifest,
  | 'name'
  | 'version'
  | 'architecture'
  | 'licence'
  | 'files'
  | 'sampleRate'
  | 'embeddingSize'
  | 'minimumSeconds'
  | 'recommendedSeconds'
  | 'thresholds'
  | 'calibration'
  | 'streaming'
> & {
  /** How scores are normalised, with the embeddings of the cohort. */
  readonly normalization?: ManifestNormalization & { readonly cohort: readonly Float32Array[] };
};

/** What one utterance sounds like, and what finding that out cost. */
export interface Analysis {
  readonly quality: QualityReport;
  readonly milliseconds: number;
}

/** The embedding of one utterance, and what it cost. */
export interface EncodedSpeech {
  /** `manifest.embeddingSize` values. Their length (norm) has no meaning: compare by cosine. */
  readonly values: Float32Array;
  readonly featuresMilliseconds: number;
  readonly encoderMilliseconds: number;
}

/** What the last pushed samples of a live stream sounded like. */
export interface SpeechProgress {
  readonly speaking: boolean;
  /** Seconds of speech since the stream was opened. */
  readonly speechSeconds: number;
  /** RMS level of the samples that were pushed last, in dB relative to full scale. */
  readonly levelDb: number;
}

/** Speech detection while somebody talks. */
export interface SpeechStream {
  /** @param samples - The next 16 kHz mono samples, any number of them. */
  push(samples: Float32Array): Promise<SpeechProgress>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A gate in this process or in a worker: only speech passes. */
export interface SpeechGateStream {
  /** @param samples - The next 16 kHz mono samples; the caller keeps them. */
  push(samples: Float32Array): Promise<GatedSpeech>;
  reset(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Speech detection and nothing else, in this process or in a worker. Every call takes 16 kHz mono
 * PCM in [-1, 1] and leaves the caller's array as it was.
 */
export interface SpeechEngine {
  readonly backend: BackendReport;
  /**
   * Finds the speech in an utterance and judges it. Throws `audio/invalid`.
   *
   * @param minimumSpeechSeconds - Least speech that is usable; by default what the model needs.
   */
  analyse(samples: Float32Array, minimumSpeechSeconds?: number): Promise<Analysis>;
  openSpeechStream(): Promise<SpeechStream>;
  /** Opens a gate that lets the speech of live audio pass. */
  openSpeechGate(): Promise<SpeechGateStream>;
  /**
   * Starts the worker again where it died; streams have to be opened anew. Only where there is a
   * worker. Throws as it did when it was opened first.
   *
   * @returns false where nothing had died.
   */
  restart?(): Promise<boolean>;
  /** Idempotent; a run that is under way ends first, later calls throw `disposed`. */
  dispose(): Promise<void>;
}

/** Speech detection, features and the encoder of one model. `backend` is the encoder's. */
export interface Engine extends SpeechEngine {
  readonly manifest: EngineModel;
  /** Embeds speech. Throws `audio/too-short`, `audio/invalid` and `backend/failed`. */
  embed(speech: Float32Array): Promise<EncodedSpeech>;
  /**
   * Opens a live stream of embeddings. Throws `model/unsupported` for mode `'causal'` where the
   * model cannot stream.
   */
  openVoiceStream(options: EngineVoiceOptions): Promise<EngineVoiceStream>;
}
