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
   * Share of the laxest threshold that an utterance must score against the rest of its enrollment.
   * At the threshold itself one honest utterance in five would be refused.
   */
  consistentFrom: 0.5,
  /** Candidates that `identify` returns. */
  candidates: 5,
} as const;

/** Milliseconds that a verifier waits for its streams to end before it ends the engine under them. */
export const DISPOSAL_LIMIT = 10_000;
