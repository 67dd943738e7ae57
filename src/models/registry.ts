import { VoiceprintError } from '../errors.js';
import { assetUrl } from '../platform/assets.js';

/** Where the files of one model are. */
export interface ModelLocation {
  readonly manifest: URL;
  /** The address of a file that the manifest names, by its path beside the manifest. */
  file(path: string): URL;
}

/** The models that ship with the package, and their files: bundlers may put each anywhere. */
const SHIPPED = {
  default: ['manifest.json', 'model.onnx', 'cohort.f16'],
  compact: ['manifest.json', 'model.onnx', 'cohort.f16'],
  streaming: ['manifest.json', 'model.onnx', 'cohort.f16'],
} as const;

/** The speech detector's weights, which every model needs beside its own. */
export function speechDetectorUrl(): URL {
  return assetUrl('models/silero-vad/silero_vad_16k.onnx');
}

/** Names that `model` takes in a browser. */
export const SHIPPED_MODELS: readonly string[] = Object.keys(SHIPPED);

/**
 * Finds a model in a browser: a shipped name, or the address of a folder with a `manifest.json`
 * (or of that manifest), absolute or relative to `base`.
 *
 * @throws VoiceprintError `model/unavailable` for a bare word that is not shipped, or an address
 *   that cannot be read.
 */
export function locateModel(source: string | URL, base: string | undefined): ModelLocation {
  if (typeof source === 'string') {
    if (isShipped(source)) {
      const manifest = assetUrl(`models/${source}/manifest.json`);
      const find = (path: string) => SHIPPED[source].find((name) => name === path);
      return {
        manifest,
        file(path) {
          const name = find(path);
          return name === undefined
            ? new URL(path, manifest)
            : assetUrl(`models/${source}/${name}`);
        },
      };
    }
    if (/^[\w-]+$/.test(source)) throw unknownName(source, SHIPPED_MODELS);
  }
  return locateFolder(absoluteUrl(source, base));
}

function isShipped(source: string): source is keyof typeof SHIPPED {
  return Object.hasOwn(SHIPPED, source);
}

/** The files beside a manifest, given the address of their folder or of the manifest. */
export function locateFolder(address: URL): ModelLocation {
  const manifest = new URL(address);
  if (!manifest.pathname.endsWith('.json')) {
    const folder = manifest.pathname.endsWith('/') ? manifest.pathname : `${manifest.pathname}/`;
    manifest.pathname = `${folder}manifest.json`;
  }
  return {
    manifest,
    file(path) {
      const url = new URL(path, manifest);
      // A signed address carries its signature in the query, for every file of the folder.
      url.search = manifest.search;
      return url;
    },
  };
}

/** True for an address rather than a name or a path. */
export function isAddress(source: string): boolean {
  return /^(https?|file|blob|data):/i.test(source);
}

/** The error for a name that no shipped model has. */
export function unknownName(source: string, names: readonly string[]): VoiceprintError {
  return new VoiceprintError(
    'model/unavailable',
    `no model named "${source}" ships with this package (${names.join(', ')}); for a folder of your own give its address, such as "./${source}/"`,
  );
}

function absoluteUrl(source: string | URL, base: string | undefined): URL {
  try {
    return new URL(source, base);
  } catch (cause) {
    throw new VoiceprintError(
      'model/unavailable',
      `${JSON.stringify(String(source))} is neither a shipped model (${SHIPPED_MODELS.join(', ')}) nor an address`,
      { cause },
    );
  }
}
