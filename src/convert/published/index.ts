import type { ByteSource } from '../../bytes.js';
import { type ByteFile, isByteFile, memoryFile } from '../../checkpoint/byte-file.js';
import { CHECKPOINT_LIMITS, type CheckpointLimits } from '../../checkpoint/limits.js';
import { printable } from '../../checkpoint/printable.js';
import { ZipArchive } from '../../checkpoint/zip/archive.js';
import { VoiceprintError } from '../../errors.js';
import { type ConvertConfig, parseConvertConfig } from '../config.js';
import { espnetConfig, pyannoteConfig, threeDSpeakerConfig, wespeakerConfig } from './recipes.js';
import { speechbrainConfig } from './speechbrain.js';
import { isYamlMap, mapIn, parseYaml, type YamlMap, type YamlValue } from './yaml.js';

/** The files of a folder, by their path in it with `/`. Blobs are read only where needed. */
export type PublishedFiles = ReadonlyMap<string, Uint8Array | Blob>;

/** Whose layout a folder has. */
export type Publisher =
  | 'speechbrain'
  | 'espnet'
  | 'wespeaker'
  | 'pyannote'
  | '3d-speaker'
  | 'other';

/** What a folder holds, as its publisher lays it out. */
export interface PublishedModel {
  /** Whose layout the folder has. */
  readonly publisher: Publisher;
  /** The path of the checkpoint, and its content. */
  readonly checkpoint: {
    /** Where it lies in the folder. */
    readonly path: string;
    /** The file with the weights. */
    readonly content: Uint8Array | Blob;
  };
  /** What its configuration says of architecture and front end, as `--config` would. */
  readonly config?: ConvertConfig;
  /** What a person should know, such as files that were left aside. */
  readonly notes: readonly string[];
}

/** Options of {@link readPublishedModel}. */
export interface PublishedModelOptions {
  /** Path of the checkpoint, where a folder holds several. */
  readonly checkpoint?: string;
}

const CHECKPOINT = /\.(ckpt|pt|pth|bin|safetensors)$/i;
/** What lies beside an encoder: heads of training, states of optimizers, statistics. */
const BESIDE =
  /(^|\/)(classifier|label_encoder|mean_var_norm\w*|optimizer|scheduler|training_args|rng_state\w*|random_states\w*|brain|counter)\.[^/]*$|(^|\/)(optim|events)[^/]*$/i;
/** Names that publishers give to the encoder, the likeliest first. */
const USUAL = [
  /(^|\/)embedding_model\.ckpt$/,
  /(^|\/)avg_model\.pt$/,
  /(^|\/)model\.safetensors$/,
  /(^|\/)pytorch_model\.bin$/,
];
const CONFIGS: readonly (readonly [
  Publisher,
  RegExp,
  (root: YamlMap, source: string) => ConvertConfig | undefined,
])[] = [
  ['speechbrain', /\.ya?ml$/i, speechbrainConfig],
  ['pyannote', /\.ya?ml$/i, pyannoteConfig],
  ['espnet', /\.ya?ml$/i, espnetConfig],
  ['wespeaker', /\.ya?ml$/i, wespeakerConfig],
  ['3d-speaker', /configuration\.json$/i, threeDSpeakerConfig],
];
/** Configurations are short; datasets beside them are not looked at. */
const LARGEST_CONFIG = 2 ** 20;
const MOST_CONFIGS = 20;

/**
 * Finds checkpoint and configuration in a folder as its publisher lays it out: SpeechBrain
 * (`hyperparams.yaml`), ESPnet (`config.yaml`, `meta.yaml`), WeSpeaker and pyannote (`config.yaml`),
 * 3D-Speaker (`configuration.json`), or a Hugging Face folder.
 *
 * @throws VoiceprintError `model/unsupported` when there is no checkpoint or more than one to choose
 *   from, `model/malformed` for a configuration that cannot be read.
 */
export async function readPublishedModel(
  files: PublishedFiles,
  options: PublishedModelOptions = {},
): Promise<PublishedModel> {
  const notes: string[] = [];
  const configs = await readConfigs(files);
  const path = chooseCheckpoint(files, configs, options.checkpoint);
  const content = files.get(path);
  if (content === undefined) throw missing(path, checkpointsOf(files));
  if (files.has(sibling(path, 'mean_var_norm_emb.ckpt'))) {
    notes.push(
      'mean_var_norm_emb.ckpt is left aside: SpeechBrain takes that mean off only when it is asked to',
    );
  }
  for (const [source, root] of nearestFirst(configs, path)) {
    for (const [publisher, name, read] of CONFIGS) {
      const config = name.test(source) ? read(root, source) : undefined;
      if (config === undefined) continue;
      notes.push(`architecture and front end are those of ${printable(source)}`);
      return { publisher, checkpoint: { path, content }, config, notes };
    }
  }
  return { publisher: 'other', checkpoint: { path, content }, notes };
}

/**
 * The files of a zip as publishers pack a folder; undefined where the zip is itself a checkpoint
 * that `torch.save` wrote, or no zip.
 *
 * @throws VoiceprintError `checkpoint/malformed` or `checkpoint/limit`, as for a checkpoint.
 */
export function filesOfZip(
  source: ByteSource | ByteFile,
  limits: Partial<CheckpointLimits> = {},
): PublishedFiles | undefined {
  const file = isByteFile(source) ? source : memoryFile(source);
  const [p, k] = file.read(0, Math.min(2, file.size));
  if (p !== 0x50 || k !== 0x4b) return undefined;
  const archive = new ZipArchive(file, { ...CHECKPOINT_LIMITS, ...limits });
  const names = [...archive.entries.keys()];
  if (names.some((name) => /(^|\/)(data|constants)\.pkl$/.test(name))) return undefined;
  const wanted = names.filter((name) => CHECKPOINT.test(name) || isConfig(name));
  return new Map(
    wanted.flatMap((name) => {
      const entry = archive.entries.get(name);
      if (entry === undefined || (isConfig(name) && entry.bytes > LARGEST_CONFIG)) return [];
      return BESIDE.test(name) ? [] : [[name, archive.read(entry)]];
    }),
  );
}

/**
 * Reads a configuration as `--config` gives it: the JSON of {@link parseConvertConfig}, or the YAML
 * or JSON that a publisher lays beside a checkpoint.
 *
 * @param source - The name of the file, for messages; its ending tells YAML from JSON.
 * @throws VoiceprintError `model/malformed` or `model/unsupported`, as `parseConvertConfig`.
 */
export async function readConvertConfig(text: string, source: string): Promise<ConvertConfig> {
  const isYaml = /\.ya?ml$/i.test(source);
  const root = isYaml ? await parseYaml(text, printable(source)) : parseJson(text);
  if (root === undefined) {
    throw new VoiceprintError(
      'model/malformed',
      `${printable(source)} is not JSON; mend it or give another file`,
    );
  }
  if (isYamlMap(root)) {
    for (const [, name, read] of CONFIGS) {
      // Any JSON may be 3D-Speaker's, whatever it is called.
      const reads = isYaml ? name.test('config.yaml') : name.test('configuration.json');
      const config = reads ? read(root, source) : undefined;
      if (config !== undefined) return config;
    }
  }
  return parseConvertConfig(root, source);
}

function isConfig(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

async function readConfigs(files: PublishedFiles): Promise<Map<string, YamlMap>> {
  const found = new Map<string, YamlMap>();
  for (const [path, content] of files) {
    const size = content instanceof Blob ? content.size : content.length;
    if (!isConfig(path) || size > LARGEST_CONFIG || found.size >= MOST_CONFIGS) continue;
    // JSON is YAML too, but the library for that need not be loaded.
    const text = await textOf(content);
    const value = /\.json$/i.test(path) ? parseJson(text) : await parseYaml(text, printable(path));
    if (isYamlMap(value)) found.set(path, value);
  }
  return found;
}

/** A folder has JSON of many tools; what is none of ours may be as it likes. */
function parseJson(text: string): YamlValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(content: Uint8Array | Blob): Promise<string> {
  return content instanceof Blob ? content.text() : new TextDecoder().decode(content);
}

function chooseCheckpoint(
  files: PublishedFiles,
  configs: ReadonlyMap<string, YamlMap>,
  named: string | undefined,
): string {
  const paths = checkpointsOf(files);
  if (named !== undefined) {
    if (files.has(named)) return named;
    throw missing(named, paths);
  }
  const packed = [...configs].flatMap(([source, root]) =>
    /(^|\/)meta\.ya?ml$/.test(source) ? Object.values(mapIn(root, 'files')) : [],
  );
  const said = paths.find((path) => packed.some((file) => file === path));
  const usual = USUAL.map((name) => paths.filter((path) => name.test(path))).find(
    ({ length }) => length > 0,
  );
  const candidates = said === undefined ? (usual ?? paths) : [said];
  const [only, second] = candidates;
  if (only === undefined) throw missing(undefined, []);
  if (second === undefined) return only;
  throw new VoiceprintError(
    'model/unsupported',
    `the folder holds ${candidates.length} checkpoints: ${listed(candidates)}; give one of them alone`,
  );
}

function checkpointsOf(files: PublishedFiles): string[] {
  return [...files.keys()].filter((path) => CHECKPOINT.test(path) && !BESIDE.test(path));
}

/** Configurations in the folder of the checkpoint, then those further away. */
function nearestFirst(configs: ReadonlyMap<string, YamlMap>, path: string) {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const near = (source: string) => (source.startsWith(folder) ? 0 : 1);
  return [...configs].sort(
    ([a], [b]) => near(a) - near(b) || a.split('/').length - b.split('/').length,
  );
}

function sibling(path: string, name: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) + name;
}

function missing(named: string | undefined, paths: readonly string[]): VoiceprintError {
  const what = named === undefined ? 'no checkpoint' : `no file "${printable(named)}"`;
  const there =
    paths.length === 0
      ? 'give a folder with a .ckpt, .pt, .pth, .bin or .safetensors file'
      : `its checkpoints are ${listed(paths)}`;
  return new VoiceprintError('model/unsupported', `the folder holds ${what}; ${there}`);
}

function listed(paths: readonly string[]): string {
  return paths
    .slice(0, 8)
    .map((path) => `"${printable(path)}"`)
    .join(', ');
}
