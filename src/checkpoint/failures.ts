import { VoiceprintError } from '../errors.js';
import { escapeUnprintable } from './printable.js';

const REDOWNLOAD = 'Download or save the file again.';
const LONGEST_MESSAGE = 1000;

/** The remedy for whatever only Python code could turn into tensors. */
export const SAVE_STATE_DICT =
  "Save the state_dict instead, in Python: torch.save(model.state_dict(), 'model.pt').";

/** The bytes contradict the format: cut off, changed, or not written by the usual tools. */
export function malformed(what: string, cause?: unknown, remedy = REDOWNLOAD): VoiceprintError {
  const options = cause === undefined ? undefined : { cause };
  return new VoiceprintError('checkpoint/malformed', `${shown(what)}. ${remedy}`, options);
}

/** The file is sound, but holds what this package does not read. */
export function unsupported(what: string, remedy: string): VoiceprintError {
  return new VoiceprintError('checkpoint/unsupported', `${shown(what)}. ${shown(remedy)}`);
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
    `${shown(what)}: ${value}, more than the limit of ${limit}. ` +
      `If you trust the file, raise the option "${option}".`,
  );
}

/** Messages quote names from the file, which may be megabytes long or steer a terminal. */
function shown(text: string): string {
  return escapeUnprintable(
    text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text,
  );
}
