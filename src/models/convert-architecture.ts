import { VoiceprintError } from '../errors.js';
import type { Manifest } from './manifest.js';

/** A published system that checkpoints are converted from. */
export interface ArchitectureEntry {
  /** As its paper names it; also the value of `--architecture`. */
  readonly name: string;
  /** The upstream class that `name` stands for. */
  readonly class: string;
  /** The features that upstream trains it on, by its constructor arguments. */
  readonly frontEnd: (config: Readonly<Record<string, unknown>>) => Manifest['frontEnd'];
}

/** What `voiceprint convert` knows by name. */
export const ARCHITECTURES: readonly ArchitectureEntry[] = [
  {
    name: 'ecapa-tdnn',
    class: 'speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN',
    frontEnd: ({ input_size = 80 }) => ({
      recipe: 'speechbrain',
      parameters: { n_mels: input_size, normalization: 'sentence-mean' },
    }),
  },
];

/**
 * Finds an architecture by its name or by an upstream class.
 *
 * @throws VoiceprintError `model/unsupported` with the names there are.
 */
export function findArchitecture(nameOrClass: string): ArchitectureEntry {
  const entry = ARCHITECTURES.find(
    ({ name, class: upstream }) =>
      nameOrClass === name ||
      nameOrClass === upstream ||
      nameOrClass === upstream.split('.').at(-1),
  );
  if (entry !== undefined) return entry;
  const known = ARCHITECTURES.map(({ name }) => name).join(', ');
  throw new VoiceprintError(
    'model/unsupported',
    `the architecture "${nameOrClass}" is not known; use one of: ${known}`,
  );
}
