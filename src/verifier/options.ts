import type { RecordOptions, VerifierOptions } from './types.js';

/** Defaults of {@link VerifierOptions}. */
export const VERIFIER_DEFAULTS = {
  model: 'default',
  backend: 'auto',
  falseAcceptRate: 0.05,
  vault: 'device',
  vaultName: 'voiceprint-web',
} as const satisfies VerifierOptions;

/** Defaults of {@link RecordOptions}. */
export const RECORD_DEFAULTS = { maximumSeconds: 30 } as const satisfies RecordOptions;

/** Defaults that decide what is enrolled; not options, because the thresholds assume them. */
export const ENROLLMENT_DEFAULTS = {
  /** One long utterance is enrolled in pieces of about so many seconds of speech. */
  pieceSeconds: 5,
  /**
   * A piece of speech may score so many nats below the threshold against those that it is least
   * like: half of an enrollment says less than all of it.
   */
  turnsMargin: 2,
  /**
   * Cosine from which two embeddings are of one recording. Backends differ by less; two utterances
   * of one person do not come near it.
   */
  sameFrom: 0.9999,
  /** Candidates that `identify` returns. */
  candidates: 5,
} as const;

/** Milliseconds that a verifier waits for its streams to end before it ends the engine under them. */
export const DISPOSAL_LIMIT = 10_000;
