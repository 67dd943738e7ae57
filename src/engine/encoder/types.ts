import type { BackendReport } from '../../runtime/types.js';
import type { LoadProgress } from '../../verifier/types.js';
import type { EncodedSpeech, EngineModel } from '../types.js';

/**
 * What a verifier must know about an encoder that is not one of this package's model folders.
 * `name` and `sha256` go into every voiceprint; voiceprints are compared under one hash only.
 */
export interface EncoderModel
  extends Pick<
    EngineModel,
    | 'name'
    | 'version'
    | 'architecture'
    | 'licence'
    | 'embeddingSize'
    | 'minimumSeconds'
    | 'recommendedSeconds'
    | 'thresholds'
    | 'calibration'
  > {
  /** 64 lower-case hexadecimal digits that stand for this model and no other. */
  readonly sha256: string;
  /** Bytes of its weights, for display. */
  readonly bytes: number;
}

/**
 * An encoder of the caller's own: 16 kHz mono PCM in [-1, 1] in, an embedding out. The verifier
 * does the rest (speech detection, scoring, voiceprints), and cuts long speech into windows.
 */
export interface SpeakerEncoder {
  readonly model: EncoderModel;
  readonly backend: BackendReport;
  /**
   * @param speech - Finite samples, at least `model.minimumSeconds` of them, at most 20 s. Calls
   *   may overlap. The array is the caller's: it must stay as it was.
   * @returns `model.embeddingSize` values.
   */
  encode(speech: Float32Array): Promise<EncodedSpeech>;
  /** Idempotent. */
  dispose(): Promise<void>;
}

/** What the verifier asks of an {@link EncoderFactory}. */
export interface EncoderRequest {
  readonly backend: 'auto' | 'webgpu' | 'wasm';
  readonly threads?: number;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Opens an encoder; `transformersEncoder` of `voiceprint-web/transformers` makes such factories. */
export type EncoderFactory = (request: EncoderRequest) => Promise<SpeakerEncoder>;
