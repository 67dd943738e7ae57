import { VoiceprintError } from '../errors.js';
import { espnetMelSpectrogram } from './espnet.js';
import { kaldiFbank } from './kaldi.js';
import { speechbrainFbank } from './speechbrain.js';
import type { FrontEnd } from './types.js';

/** A front end as a model's manifest names it; parameters carry their upstream names. */
export interface FrontEndSpec {
  readonly recipe: 'speechbrain' | 'espnet' | 'kaldi';
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The front end that a manifest asks for.
 *
 * @throws VoiceprintError `features/invalid` for an unknown recipe or parameter, or a value that
 *   the recipe cannot take; the message names it.
 */
export function createFrontEnd({ recipe, parameters }: FrontEndSpec): FrontEnd {
  switch (recipe) {
    case 'speechbrain':
      return speechbrainFbank(parameters);
    case 'espnet':
      return espnetMelSpectrogram(parameters);
    case 'kaldi':
      return kaldiFbank(parameters);
    default:
      throw new VoiceprintError(
        'features/invalid',
        `no front end "${String(recipe)}"; there are speechbrain, espnet and kaldi`,
      );
  }
}
