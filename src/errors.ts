/**
 * Every way in which this package fails, as one stable word. The part before the slash is the
 * room that failed; the part after it says what about the input or the device was wrong.
 */
export type VoiceprintErrorCode =
  | 'audio/invalid'
  | 'audio/undecodable'
  | 'audio/too-short'
  | 'audio/too-long'
  | 'audio/silent'
  | 'audio/no-speech'
  | 'audio/clipped'
  | 'audio/noisy'
  | 'audio/dc-offset'
  | 'audio/inconsistent'
  | 'audio/microphone-refused'
  | 'audio/microphone-missing'
  | 'audio/microphone-lost'
  | 'features/invalid'
  | 'graph/invalid'
  | 'graph/too-short'
  | 'graph/unsupported'
  | 'graph/weights'
  | 'checkpoint/malformed'
  | 'checkpoint/unsupported'
  | 'checkpoint/limit'
  | 'model/integrity'
  | 'model/malformed'
  | 'model/unavailable'
  | 'model/unsupported'
  | 'model/mismatch'
  | 'backend/unavailable'
  | 'backend/failed'
  | 'disposed'
  | 'scoring/invalid'
  | 'trials/malformed'
  | 'vault/unknown-speaker'
  | 'vault/quota'
  | 'vault/unavailable'
  | 'vault/damaged'
  | 'vault/unsupported'
  | 'verifier/invalid'
  | 'aborted'
  | 'cli/usage';

/**
 * The only error class that this package throws on purpose.
 *
 * `code` is stable across releases and meant for programs; `message` is meant for people: it
 * names the bad value and says how to mend it. `cause` holds the lower-level error, if any.
 */
export class VoiceprintError extends Error {
  /** Stable across releases, for programs. */
  readonly code: VoiceprintErrorCode;

  constructor(code: VoiceprintErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VoiceprintError';
    this.code = code;
  }
}
