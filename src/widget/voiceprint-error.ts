import { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';

/** Whatever was thrown as an error with a code. */
export function asVoiceprintError(cause: unknown): VoiceprintError {
  if (cause instanceof VoiceprintError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new VoiceprintError('verifier/invalid', message, { cause });
}

const MICROPHONE_ERRORS: Readonly<Record<string, VoiceprintErrorCode>> = {
  NotAllowedError: 'audio/microphone-refused',
  SecurityError: 'audio/microphone-refused',
  NotFoundError: 'audio/microphone-missing',
  OverconstrainedError: 'audio/microphone-missing',
};

/** What a page's own `getStream` was rejected with, as the error that our own microphone gives. */
export function asMicrophoneError(cause: unknown): VoiceprintError {
  const code = cause instanceof Error ? MICROPHONE_ERRORS[cause.name] : undefined;
  if (code === undefined || !(cause instanceof Error)) return asVoiceprintError(cause);
  return new VoiceprintError(code, cause.message, { cause });
}
