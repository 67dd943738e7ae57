import { findEncoder } from '../architectures/find-encoder.js';
import { recognizeArchitecture } from '../architectures/recognize.js';
import type { EncoderEntry, RecognizedArchitecture } from '../architectures/system.js';
import {
  type Checkpoint,
  type CheckpointContents,
  chooseStateDict,
  printable,
  type StateDict,
  stateDictPaths,
} from '../checkpoint/index.js';
import { VoiceprintError } from '../errors.js';
import type { ConvertOptions } from './types.js';

/** An encoder, its configuration, and the tensors for it. */
export interface Choice {
  readonly entry: EncoderEntry;
  readonly config: Record<string, unknown>;
  readonly notes: readonly string[];
  readonly state: StateDict;
}

/**
 * Finds the encoder that a checkpoint holds, by what was asked for or by its keys.
 *
 * @throws VoiceprintError `model/unsupported` when no known architecture fits.
 */
export function chooseArchitecture({ contents }: Checkpoint, options: ConvertOptions): Choice {
  const asked = options.architecture ?? options.config?.class;
  const state = chosenState(contents, asked, options.stateDict);
  const { found } = state;
  if (asked === undefined && found === undefined) {
    const few = (names: readonly string[]) => names.slice(0, 3).map((name) => printable(name));
    const paths = few(stateDictPaths(contents)).map((path) => `"${path}"`);
    throw new VoiceprintError(
      'model/unsupported',
      `no known architecture has the keys of this checkpoint (${few([...state.tensors.keys()]).join(', ')}, ...); name the architecture, or give its class in a configuration${paths.length === 0 ? '' : `; if its tensors are under one of ${paths.join(', ')}, name that as the state dict`}`,
    );
  }
  const entry = resolveEntry(asked ?? found?.architecture ?? '', found);
  const given = options.config?.config ?? {};
  const fitting = [found, ...(found?.alternatives ?? [])].find(
    (each) => each?.class === entry.class,
  );
  if (fitting === undefined) return { entry, config: { ...given }, notes: [], state };
  // A note about an argument that the caller gave is no longer an assumption.
  const notes = fitting.notes.filter(
    (note) => !Object.keys(given).some((name) => new RegExp(`\\b${name}\\b`).test(note)),
  );
  return { entry, config: { ...fitting.config, ...given }, notes, state };
}

/** Of several encoders, one of the architecture that was asked for goes before the others. */
function chosenState(contents: CheckpointContents, asked?: string, named?: string) {
  if (asked !== undefined) {
    const fitting = chooseStateDict(
      contents,
      (tensors, metadata) => {
        const found = recognizeArchitecture(tensors, metadata);
        const names = [found?.architecture, found?.class, found?.class.split('.').at(-1)];
        return names.includes(asked) ? found : undefined;
      },
      named,
    );
    if (fitting.found !== undefined) return fitting;
  }
  return chooseStateDict(contents, recognizeArchitecture, named);
}

/** Two systems can share an upstream class: then the keys tell which it is. */
function resolveEntry(asked: string, found: RecognizedArchitecture | undefined): EncoderEntry {
  const entry = findEncoder(asked, found?.class);
  if (found === undefined || found.class !== entry.class || found.architecture === entry.name) {
    return entry;
  }
  if (asked !== entry.name) return findEncoder(found.architecture);
  throw new VoiceprintError(
    'model/unsupported',
    `the checkpoint has the keys of ${found.architecture}, not of ${asked}; name no architecture, or ${found.architecture}`,
  );
}
