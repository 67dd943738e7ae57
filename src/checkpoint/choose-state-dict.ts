import type { NamedTensors, Tensor } from '../tensor.js';
import type { CheckpointContents } from './contents.js';
import { unsupported } from './failures.js';
import { printable } from './printable.js';
import {
  isOfTraining,
  metadataBeside,
  type StateDict,
  stateDictUnder,
  usualStateDict,
  wrappingOf,
} from './state-dict.js';

type Entry = readonly [key: string, tensor: Tensor];

/** Tells whether tensors are a system that is known; undefined where they are none. */
export type Recognize<Found> = (
  tensors: NamedTensors,
  metadata: StateDict['metadata'],
) => Found | undefined;

/** A state dict, and what it was recognized as. */
export interface ChosenStateDict<Found> extends StateDict {
  readonly found: Found | undefined;
}

/** Levels of keys and dicts that are searched: real wrappers are two or three. */
const DEEPEST = 8;
/** Fewer tensors are no encoder. */
const FEWEST = 4;
const LISTED = 12;
const LISTED_LEVELS = 3;

/**
 * Finds the state dict that is meant among all that a checkpoint holds: under any key of a dict and
 * any common prefix of keys, as far as it is recognized; else where scripts usually put it.
 *
 * @param named - The path of one of several, as the error lists them.
 * @throws VoiceprintError `checkpoint/unsupported` when several are recognized and none is named,
 *   or when there is nothing at the path that is named.
 */
export function chooseStateDict<Found>(
  contents: CheckpointContents,
  recognize: Recognize<Found>,
  named?: string,
): ChosenStateDict<Found> {
  if (named !== undefined) return namedStateDict(contents, recognize, named);
  const search = new Search(contents, recognize);
  search.visit('', [...contents.tensors], 0);
  const { found } = search;
  const distinct = found.filter(
    (one, i) => !found.slice(0, i).some((other) => sameTensors(one.tensors, other.tensors)),
  );
  const [only, second] = distinct;
  if (only === undefined) return { ...usualStateDict(contents), found: undefined };
  if (second !== undefined) {
    const paths = distinct.map(({ path }) => path);
    throw unsupported(
      `The checkpoint holds ${paths.length} encoders: ${listed(paths)}`,
      'Name one with the option "stateDict" (--state-dict on the command line).',
    );
  }
  return only;
}

/** Paths under which a checkpoint holds tensors, those with most of them first. */
export function stateDictPaths({ tensors }: CheckpointContents): string[] {
  const counts = new Map<string, number>();
  for (const key of tensors.keys()) {
    const names = key.split('.').slice(0, LISTED_LEVELS + 1);
    for (let i = 1; i < names.length; i++) {
      const path = names.slice(0, i).join('.');
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= FEWEST)
    .sort(([, a], [, b]) => b - a)
    .map(([path]) => path);
}

function namedStateDict<Found>(
  contents: CheckpointContents,
  recognize: Recognize<Found>,
  named: string,
): ChosenStateDict<Found> {
  const path = named.replace(/\.$/, '');
  const state = stateDictUnder(contents, path, (key) => !isOfTraining(key));
  if (state.tensors.size === 0) {
    throw unsupported(
      `The checkpoint holds no tensors under "${printable(named)}"`,
      `Name one of ${listed(stateDictPaths(contents))}.`,
    );
  }
  return { ...state, found: recognize(state.tensors, state.metadata) };
}

/** Goes down the keys; what is recognized is not searched further. */
class Search<Found> {
  readonly found: ChosenStateDict<Found>[] = [];
  readonly #contents: CheckpointContents;
  readonly #recognize: Recognize<Found>;
  readonly #metadata = new Map<string, StateDict['metadata']>();

  constructor(contents: CheckpointContents, recognize: Recognize<Found>) {
    this.#contents = contents;
    this.#recognize = recognize;
  }

  visit(path: string, entries: readonly Entry[], depth: number): void {
    const own = entries.filter(([key]) => !isOfTraining(key));
    const tensors = new Map(own);
    const metadata = this.#metadataFor(path);
    const found = this.#recognize(tensors, metadata);
    if (found !== undefined) {
      const wrapping = wrappingOf(this.#contents, path);
      this.found.push({ path, tensors, metadata, wrapping, found });
      return;
    }
    if (depth >= DEEPEST) return;
    const groups = new Map<string, Entry[]>();
    for (const [key, tensor] of own) {
      const dot = key.indexOf('.');
      if (dot < 0) continue;
      const name = key.slice(0, dot);
      const group = groups.get(name) ?? [];
      group.push([key.slice(dot + 1), tensor]);
      groups.set(name, group);
    }
    for (const [name, group] of groups) {
      if (group.length < FEWEST) continue;
      this.visit(path === '' ? name : `${path}.${name}`, group, depth + 1);
    }
  }

  /** Metadata stands in dicts, so that all prefixes within one have the same. */
  #metadataFor(path: string): StateDict['metadata'] {
    const dict = this.#contents.dicts.has(path) || path === '' ? path : undefined;
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
    const made = this.#metadata.get(dict ?? parent);
    const metadata = made ?? metadataBeside(this.#contents, path);
    this.#metadata.set(path, metadata);
    return metadata;
  }
}

/** Whether one is the other under another name, such as `model` and `state_dict`. */
function sameTensors(one: NamedTensors, other: NamedTensors): boolean {
  return one.size === other.size && [...one].every(([key, tensor]) => other.get(key) === tensor);
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, LISTED).map((path) => `"${printable(path)}"`);
  return `${shown.join(', ')}${paths.length > LISTED ? `, and ${paths.length - LISTED} more` : ''}`;
}
