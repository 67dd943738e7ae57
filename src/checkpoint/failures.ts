import { VoiceprintError } from '../errors.js';

const REDOWNLOAD = 'Download or save the file again.';

/** The remedy for whatever only Python code could turn into tensors. */
export const SAVE_STATE_DICT =
  "Save the state_dict instead, in Python: torch.save(model.state_dict(), 'model.pt').";

/** The bytes contradict the format: cut off, changed, or not written by the usual tools. */
export function malformed(what: string, cause?: unknown, remedy = REDOWNLOAD): VoiceprintError {
  const options = cause === undefined ? undefined : { cause };
  return new VoiceprintError('checkpoint/malformed', `${what}. ${remedy}`, options);
}

/** The file is sound, but holds what this package does not read. */
export function unsupported(what: string, remedy: string): VoiceprintError {
  return new VoiceprintError('checkpoint/unsupported', `${what}. ${remedy}`);
}

/** The file asks for more than a {@link CheckpointLimits} allows. */
export function overLimit(
  what: string,
  value: number,
  limit: number,
  option: string,
): VoiceprintError {
  return new VoiceprintError(
    'checkpoint/limit',
    `${what}: ${value}, more than the limit of ${limit}. ` +
      `If you trust the file, raise the option "${option}".`,
  );
}
