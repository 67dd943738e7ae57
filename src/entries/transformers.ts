/**
 * `voiceprint-web/transformers`: a speaker model of transformers.js as an encoder.
 *
 * @packageDocumentation
 */
export { EMBEDDING_OUTPUTS } from '../transformers/embedding-output.js';
export type {
  LibraryDevice,
  LibraryDtype,
  LibraryExtractor,
  LibraryModel,
  LibraryOptions,
  LibraryProgress,
  TransformersLibrary,
} from '../transformers/library.js';
export { TRANSFORMERS_DEFAULTS, type TransformersOptions } from '../transformers/options.js';
export { transformersEncoder } from '../transformers/transformers-encoder.js';
export { serveTransformers } from '../transformers/worker.js';
