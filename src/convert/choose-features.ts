import { VoiceprintError } from '../errors.js';
import { createFrontEnd, FRONT_END_PRESETS, isFrontEndPreset } from '../features/index.js';
import type { Manifest } from '../models/manifest.js';
import type { Choice } from './choose-architecture.js';
import type { ConvertOptions, ReportedFeatures } from './types.js';

/** The front end of a conversion. */
export interface ChosenFeatures extends ReportedFeatures {
  readonly frontEnd: Manifest['frontEnd'];
}

/**
 * The features that were asked for, or the commonest of those that the keys allow.
 *
 * @param bands - Values per frame that the encoder takes.
 * @throws VoiceprintError `model/unsupported` for a name that is not known, and for features of
 *   another size; `features/invalid` for parameters that no recipe takes.
 */
export function chooseFeatures(
  { entry, config }: Choice,
  bands: number,
  options: ConvertOptions,
): ChosenFeatures {
  const asked = options.frontEnd ?? options.config?.frontEnd;
  const assumed = asked === undefined;
  const frontEnd =
    typeof asked === 'string' ? preset(asked, bands) : (asked ?? entry.frontEnd(config));
  const computed = createFrontEnd(frontEnd).bands;
  if (computed !== bands) {
    throw new VoiceprintError(
      'model/unsupported',
      `the features have ${computed} values per frame and the encoder takes ${bands}; give the features that it was trained on`,
    );
  }
  const name = typeof asked === 'string' ? asked : presetOf(frontEnd, bands);
  const others = assumed ? (entry.otherFrontEnds ?? []).filter((other) => other !== name) : [];
  return { frontEnd, name, assumed, others };
}

function preset(name: string, bands: number): Manifest['frontEnd'] {
  if (isFrontEndPreset(name)) return FRONT_END_PRESETS[name](bands);
  throw new VoiceprintError(
    'model/unsupported',
    `the front end ${JSON.stringify(name)} is not known; use one of: ${Object.keys(FRONT_END_PRESETS).join(', ')}`,
  );
}

/** The name of a spec as people call it; that of its recipe where it is none of the known ones. */
function presetOf(spec: Manifest['frontEnd'], bands: number): string {
  const text = sorted(spec);
  const found = Object.entries(FRONT_END_PRESETS).find(([, make]) => sorted(make(bands)) === text);
  return found?.[0] ?? spec.recipe;
}

function sorted({ recipe, parameters }: Manifest['frontEnd']): string {
  const entries = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([recipe, entries]);
}
