import { VoiceprintError } from '../errors.js';
import type { Recipe } from './recipe.js';
import { recipeFrontEnd } from './recipe-front-end.js';
import { espnetRecipe } from './recipes/espnet.js';
import { kaldiRecipe } from './recipes/kaldi.js';
import { speechbrainRecipe } from './recipes/speechbrain.js';
import { torchaudioRecipe } from './recipes/torchaudio.js';
import { mixedRadixEngine } from './spectrum/mixed-radix-engine.js';
import type { SpectrumEngineFactory } from './spectrum/spectrum-engine.js';
import type { FrontEnd } from './types.js';

/** A front end as a model's manifest names it; parameters carry their upstream names. */
export interface FrontEndSpec {
  /** Whose features. */
  readonly recipe: 'speechbrain' | 'espnet' | 'kaldi' | 'torchaudio';
  /** Upstream's arguments under their upstream names. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The front end that a manifest asks for.
 *
 * @throws VoiceprintError `features/invalid` for an unknown recipe or parameter, or a value that
 *   the recipe cannot take; the message names it.
 */
export function createFrontEnd(
  spec: FrontEndSpec,
  engines: SpectrumEngineFactory = mixedRadixEngine,
): FrontEnd {
  return recipeFrontEnd(recipeOf(spec, engines));
}

/** The recipe of a spec; throws as {@link createFrontEnd}. */
export function recipeOf(
  { recipe, parameters }: FrontEndSpec,
  engines: SpectrumEngineFactory,
): Recipe {
  switch (recipe) {
    case 'speechbrain':
      return speechbrainRecipe(parameters, engines);
    case 'espnet':
      return espnetRecipe(parameters, engines);
    case 'kaldi':
      return kaldiRecipe(parameters, engines);
    case 'torchaudio':
      return torchaudioRecipe(parameters, engines);
    default:
      throw new VoiceprintError(
        'features/invalid',
        `no front end "${String(recipe)}"; there are speechbrain, espnet, kaldi and torchaudio`,
      );
  }
}
