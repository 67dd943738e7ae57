import { decodeCohort } from './cohort.js';
import type { Manifest, ManifestNormalization } from './manifest.js';

/** How a model normalises scores (AS-norm), with the embeddings of its cohort. */
export interface ModelNormalization extends ManifestNormalization {
  /**
   * One embedding per cohort speaker, each of the model's embedding size. Held by reference and not
   * enumerable, so that a model prints in a screenful: copies made by spreading lack it.
   */
  readonly cohort: readonly Float32Array[];
}

/**
 * What is known about the model of an encoder. `name` and `sha256` go into every voiceprint;
 * embeddings are compared under one hash only.
 */
export interface Model {
  /** What people call it and voiceprints are labelled with; not empty. */
  readonly name: string;
  /** Of the folder, or the revision that was loaded; for display. */
  readonly version: string;
  /** Name of the network's architecture, for display. */
  readonly architecture: string;
  /** SPDX identifier, or as the model card states it. */
  readonly licence: string;
  /** 64 lower-case hexadecimal digits that stand for these weights and no other; of model.onnx. */
  readonly sha256: string;
  /** Bytes of the weights, for display. */
  readonly bytes: number;
  /** Values of an embedding, from 1. */
  readonly embeddingSize: number;
  /** Seconds of speech below which an utterance is refused, above 0. */
  readonly minimumSeconds: number;
  /** Seconds of speech that an enrollment should have, at least `minimumSeconds`. */
  readonly recommendedSeconds: number;
  /** By false-accept rate; empty where nothing was measured. */
  readonly thresholds: Manifest['thresholds'];
  /** How scores become log-likelihood ratios, by seconds of speech; empty where it is not known. */
  readonly calibration: Manifest['calibration'];
  /** How scores are normalised before they are compared; undefined where cosines decide. */
  readonly normalization?: ModelNormalization | undefined;
  /** Whether it can hear a stream chunk by chunk. @defaultValue false */
  readonly streaming?: boolean;
}

/**
 * The model of a folder, from its manifest.
 *
 * @param cohort - Bytes of the cohort's file, where the manifest names one.
 * @throws VoiceprintError `model/malformed` for a cohort that does not fit the manifest.
 */
export function modelOf(manifest: Manifest, cohort?: Uint8Array): Model {
  const { normalization, files, streaming } = manifest;
  const model: Model = {
    name: manifest.name,
    version: manifest.version,
    architecture: manifest.architecture,
    licence: manifest.licence,
    sha256: files.model.sha256,
    bytes: files.model.bytes,
    embeddingSize: manifest.embeddingSize,
    minimumSeconds: manifest.minimumSeconds,
    recommendedSeconds: manifest.recommendedSeconds,
    thresholds: manifest.thresholds,
    calibration: manifest.calibration,
    streaming: streaming !== undefined,
  };
  if (normalization === undefined || cohort === undefined) return model;
  return withCohort(model, normalization, decodeCohort(cohort, manifest.embeddingSize));
}

/** A model with the embeddings that its scores are normalised with. */
export function withCohort(
  model: Model,
  normalization: ManifestNormalization,
  cohort: readonly Float32Array[],
): Model {
  const held: ModelNormalization = { ...normalization, cohort };
  Object.defineProperty(held, 'cohort', { enumerable: false });
  return { ...model, normalization: held };
}
