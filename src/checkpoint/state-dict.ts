import type { NamedTensors, Tensor } from '../tensor.js';
import type { CheckpointContents } from './contents.js';
import { SAVE_STATE_DICT, unsupported } from './failures.js';
import type { MetadataValue } from './metadata.js';

/** How the state dict was wrapped in the file. */
export interface Wrapping {
  /** Keys of the dicts around the state dict, outermost first: `['model']` for BEATs. */
  readonly keys: readonly string[];
  /** What was taken off the front of every key, such as `module.` of DataParallel. */
  readonly prefix: string;
}

/** One state dict of a checkpoint. */
export interface StateDict {
  /** Where it is: keys of dicts and what else stands before its keys, joined with dots; or `''`. */
  readonly path: string;
  /** Under the upstream keys, in the file's order. */
  readonly tensors: NamedTensors;
  /** What stands beside it and in it that is no tensor. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly wrapping: Wrapping;
}

/** Keys under which training scripts put the state dict, the likeliest first. */
const WRAPPER_KEYS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'embedding_model',
  'speaker_encoder',
];
/** What stands before every key where a module holds the encoder and little else. */
const PREFIXES = ['module', 'model', 'net', 'network', 'embedding_model', 'speaker_encoder'];
/** Names of what training adds to an encoder. */
const TRAINING = /^(\w*loss\w*|criterion\w*|optim\w*|\w*scheduler)\./i;

/** Opens the wrappers that are known by name; `voiceprint-web/convert` knows the systems too. */
export function usualStateDict(contents: CheckpointContents): StateDict {
  if (contents.tensors.size === 0) throw noTensors(contents);
  let path = '';
  for (let next = step(contents, path); next !== undefined; next = step(contents, path)) {
    path = next;
  }
  return stateDictUnder(contents, path);
}

function step(contents: CheckpointContents, path: string): string | undefined {
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`);
  const dict = WRAPPER_KEYS.map(inside).find((key) => contents.dicts.has(key));
  if (dict !== undefined) return dict;
  const start = path === '' ? '' : `${path}.`;
  const keys = [...contents.tensors.keys()].filter(
    (key) => key.startsWith(start) && !TRAINING.test(key.slice(start.length)),
  );
  return PREFIXES.map(inside).find(
    (prefix) => keys.length > 0 && keys.every((key) => key.startsWith(`${prefix}.`)),
  );
}

/**
 * The state dict at a path.
 *
 * @param keep - Which keys of it; all without it.
 */
export function stateDictUnder(
  contents: CheckpointContents,
  path: string,
  keep: (key: string) => boolean = () => true,
): StateDict {
  const start = path === '' ? '' : `${path}.`;
  const tensors = new Map<string, Tensor>();
  for (const [key, tensor] of contents.tensors) {
    const name = key.slice(start.length);
    if (key.startsWith(start) && keep(name)) tensors.set(name, tensor);
  }
  return {
    path,
    tensors,
    metadata: metadataBeside(contents, path),
    wrapping: wrappingOf(contents, path),
  };
}

/** Whether a key is not of an encoder but of its training. */
export function isOfTraining(key: string): boolean {
  return TRAINING.test(key);
}

/** Under the names that it has in the innermost dict that it shares with the state dict. */
export function metadataBeside(
  { metadata }: CheckpointContents,
  path: string,
): Readonly<Record<string, MetadataValue>> {
  const starts = ['', ...dotted(path).map((part) => `${part}.`)].reverse();
  return Object.fromEntries(
    [...metadata].map(([key, value]) => {
      const start = starts.find((each) => key.startsWith(each)) ?? '';
      return [key.slice(start.length), value];
    }),
  );
}

/** How a path is made up of keys of dicts and a prefix of keys. */
export function wrappingOf({ dicts }: CheckpointContents, path: string): Wrapping {
  const keys: string[] = [];
  let from = 0;
  for (const part of dotted(path)) {
    if (!dicts.has(part)) continue;
    keys.push(part.slice(from));
    from = part.length + 1;
  }
  return { keys, prefix: from < path.length ? `${path.slice(from)}.` : '' };
}

/** `a`, `a.b` and `a.b.c` of `a.b.c`. */
function dotted(path: string): string[] {
  if (path === '') return [];
  const names = path.split('.');
  return names.map((_, i) => names.slice(0, i + 1).join('.'));
}

function noTensors({ metadata }: CheckpointContents) {
  const object = [...metadata.values()].find(
    (value): value is string =>
      typeof value === 'string' && /^<torch\.nn\.|^<__torch__/.test(value),
  );
  return object === undefined
    ? unsupported('The checkpoint holds no tensors', SAVE_STATE_DICT)
    : unsupported(
        `The checkpoint holds a whole module (${object.slice(1, -1)}), which only its own Python code can load`,
        SAVE_STATE_DICT,
      );
}
