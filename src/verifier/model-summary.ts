import type { Engine } from '../engine/types.js';
import { cohortOf } from '../scoring/judge.js';
import type { ModelSummary } from './types.js';

/** What a page is told about the model of an engine. */
export function modelSummary({ manifest }: Engine): ModelSummary {
  const { normalization } = manifest;
  return {
    name: manifest.name,
    version: manifest.version,
    architecture: manifest.architecture,
    licence: manifest.licence,
    sha256: manifest.files.model.sha256,
    bytes: manifest.files.model.bytes,
    embeddingSize: manifest.embeddingSize,
    minimumSeconds: manifest.minimumSeconds,
    recommendedSeconds: manifest.recommendedSeconds,
    thresholds: manifest.thresholds,
    calibration: manifest.calibration,
    normalization: normalization && {
      kind: normalization.kind,
      top: normalization.top,
      cohort: cohortOf(normalization),
    },
  };
}
