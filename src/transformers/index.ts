export { EMBEDDING_OUTPUTS } from './embedding-output.js';
export type {
  LibraryDevice,
  LibraryDtype,
  LibraryExtractor,
  LibraryModel,
  LibraryOptions,
  LibraryProgress,
  TransformersLibrary,
} from './library.js';
export { TRANSFORMERS_DEFAULTS, type TransformersOptions } from './options.js';
export { transformersEncoder } from './transformers-encoder.js';
export { serveTransformers } from './worker.js';
