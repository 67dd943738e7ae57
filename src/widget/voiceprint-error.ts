import { VoiceprintError } from '../errors.js';

/** Whatever was thrown as an error with a code. */
export function asVoiceprintError(cause: unknown): VoiceprintError {
  if (cause instanceof VoiceprintError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new VoiceprintError('verifier/invalid', message, { cause });
}
