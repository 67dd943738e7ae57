import { VoiceprintError } from '../errors.js';
import { isAddress, locateFolder, type ModelLocation, unknownName } from './registry.js';

const PACKAGE_NAME = 'voiceprint-web';

/**
 * Finds a model in Node: the name of a folder in the package's `models/`, the path of a folder,
 * or an address. Node's modules come through `getBuiltinModule`, so that no bundle for browsers
 * refers to them.
 *
 * @throws VoiceprintError `model/unavailable` for a bare word that is neither a name nor a folder.
 */
export function locateModelInNode(source: string | URL): ModelLocation {
  if (source instanceof URL || isAddress(source)) return locateFolder(new URL(source));
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  const models = shippedModelsFolder();
  if (source.trim() === '') {
    throw new VoiceprintError(
      'model/unavailable',
      'the name of the model is empty; give a shipped model, a model folder, or an address',
    );
  }
  const isName = /^[\w-][\w.-]*$/.test(source);
  if (isName && models !== undefined) {
    const folder = path.join(models, source);
    if (fs.existsSync(path.join(folder, 'manifest.json'))) {
      return locateFolder(pathToFileURL(folder));
    }
  }
  if (isName && !fs.existsSync(source)) {
    throw unknownName(source, models === undefined ? [] : shippedNames(models));
  }
  return locateFolder(pathToFileURL(path.resolve(source)));
}

/** The speech detector's weights in the installed package. */
export function speechDetectorUrlInNode(): URL {
  const { join } = process.getBuiltinModule('node:path');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  return pathToFileURL(join(shippedModelsFolder() ?? '.', 'silero-vad', 'silero_vad_16k.onnx'));
}

/**
 * `models/` of the installed package. It is found by walking up to the package's own
 * `package.json`, because this code runs from `src/` and from a bundle in `dist/` alike.
 */
function shippedModelsFolder(): string | undefined {
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && nameOf(fs.readFileSync(file, 'utf8')) === PACKAGE_NAME) {
      // A checkout has every model; what npm installs has those that ship, beside the code.
      const places = [path.join(folder, 'models'), path.join(folder, 'dist', 'models')];
      return places.find((place) => fs.existsSync(place));
    }
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

function nameOf(packageJson: string): unknown {
  const json: unknown = JSON.parse(packageJson);
  return typeof json === 'object' && json !== null && 'name' in json ? json.name : undefined;
}

function shippedNames(models: string): readonly string[] {
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  if (!fs.existsSync(models)) return [];
  return fs
    .readdirSync(models)
    .filter((name) => fs.existsSync(path.join(models, name, 'manifest.json')));
}
