import type { BackendReport } from '../../runtime/types.js';

/**
 * How live speech is embedded: `'window'` embeds the last seconds anew for every score, which any
 * model can; `'causal'` hears every chunk once, which streaming models can.
 */
export type ListenMode = 'causal' | 'window';

/** Which embeddings {@link Listening} gives. */
export interface ListenEmbedding {
  /** Hash of the model that embeds. */
  readonly model: string;
  readonly mode: ListenMode;
  /** Seconds of speech that an embedding looks back on. */
  readonly windowSeconds: number;
  /** Embeddings per second of speech. */
  readonly scoresPerSecond: number;
}

/** Options of `Engine.listen`. */
export interface ListenOptions {
  /** Left out, speech is only detected. */
  readonly embed?: ListenEmbedding;
  /**
   * A pause of so many seconds ends a turn: what is said after it is embedded by itself.
   * @defaultValue 0.7
   */
  readonly turnSeconds?: number;
}

/** Defaults of {@link ListenOptions}, and what nobody chooses. */
export const LISTEN_DEFAULTS = {
  turnSeconds: 0.7,
  /** Speech of a turn before its first embedding, in seconds: less says next to nothing. */
  leastSeconds: 0.75,
  /** Speech that a new turn begins with where the voice seems to have changed without a pause. */
  keptSeconds: 1,
} as const;

/** The embedding of the last speech of a turn. */
export interface VoiceEmbedding {
  readonly values: Float32Array;
  /** Seconds of speech that it looks back on. */
  readonly scoredSeconds: number;
}

/** What a push to an {@link Listening} led to. */
export interface HeardStep {
  /** The array that was pushed, for the next block: nothing is allocated while a stream runs. */
  readonly samples: Float32Array;
  readonly speaking: boolean;
  /** Seconds since the last speech. */
  readonly silentSeconds: number;
  /** Seconds of speech since the stream was opened or reset. */
  readonly speechSeconds: number;
  /** Counts turns from 0; another number means that a pause lay between. */
  readonly turn: number;
  /** Seconds of speech since this turn began. */
  readonly turnSeconds: number;
  /** The latest embedding, when one was due. */
  readonly embedding: VoiceEmbedding | undefined;
  /** Time that the push took, in milliseconds. */
  readonly milliseconds: number;
  /** Where the encoder runs now. */
  readonly backend: BackendReport;
}

/** Live audio on its way through one speech gate and, where it was asked for, an encoder. */
export interface Listening extends AsyncDisposable {
  /**
   * @param samples - 16 kHz mono PCM, of which the first `length` count. Its buffer may be
   *   transferred away; it comes back in {@link HeardStep.samples}. Calls are served in order.
   */
  push(samples: Float32Array, length: number): Promise<HeardStep>;
  /**
   * What follows belongs to another turn, as after a pause.
   *
   * @param keepSeconds - So much of the last speech belongs to it already.
   */
  endTurn(keepSeconds: number): Promise<void>;
  /** Begins anew. */
  reset(): Promise<void>;
}

/** Turns the speech of a turn into embeddings. */
export interface VoiceEmbedder {
  readonly backend: BackendReport;
  /**
   * @param speech - The next 16 kHz speech; a view that is read before the promise resolves.
   * @returns an embedding when one was due.
   */
  take(speech: Float32Array): Promise<VoiceEmbedding | undefined>;
  /**
   * Begins another turn.
   *
   * @param keepSeconds - So much of the last speech belongs to it already.
   */
  restart(keepSeconds: number): Promise<void>;
  close(): Promise<void>;
}
