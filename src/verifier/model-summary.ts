import type { Engine } from '../engine/types.js';
import type { ModelSummary } from './types.js';

/** What a page is told about the model of an engine. */
export function modelSummary({ manifest }: Engine): ModelSummary {
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
    normalization: manifest.normalization,
  };
}
