import { VoiceprintError } from '../errors.js';
import { SYSTEMS } from './index.js';
import type { EncoderEntry } from './system.js';

/** What `voiceprint convert` knows by name. */
export const ENCODERS: readonly EncoderEntry[] = SYSTEMS.flatMap(({ encoders }) => encoders);

/**
 * Finds an architecture by its name or by an upstream class.
 *
 * @param likelyClass - decides where a name stands for several classes.
 * @throws VoiceprintError `model/unsupported` with the names there are.
 */
export function findEncoder(nameOrClass: string, likelyClass?: string): EncoderEntry {
  const entries = ENCODERS.filter(
    ({ name, class: upstream }) =>
      nameOrClass === name ||
      nameOrClass === upstream ||
      nameOrClass === upstream.split('.').at(-1),
  );
  const entry = entries.find((each) => each.class === likelyClass) ?? entries[0];
  if (entry !== undefined) return entry;
  const known = [...new Set(ENCODERS.map(({ name }) => name))].join(', ');
  throw new VoiceprintError(
    'model/unsupported',
    `the architecture "${nameOrClass}" is not known; use one of: ${known}`,
  );
}
