import type { ByteSource } from '../bytes.js';
import type { ByteFile } from '../checkpoint/index.js';
import { runGraphOnce } from '../runtime/run-graph-once.js';
import { convertCheckpoint as withRunner } from './convert.js';
import type { ModelFolder, ConvertOptions as OptionsWithRunner } from './types.js';

export { VoiceprintError, type VoiceprintErrorCode } from '../errors.js';
export type { FrontEndPreset } from '../features/index.js';
export { FRONT_END_PRESETS } from '../features/index.js';
export type { Manifest } from '../models/manifest.js';
export { type ConvertConfig, parseConvertConfig } from './config.js';
export {
  filesOfZip,
  type PublishedFiles,
  type PublishedModel,
  type PublishedModelOptions,
  type Publisher,
  readConvertConfig,
  readPublishedModel,
} from './published/index.js';
export type { ReportedFeatures } from './types.js';
export {
  CONVERT_DEFAULTS,
  type ConvertReport,
  type ConvertStage,
  type ModelFolder,
  type RunGraph,
} from './types.js';

/** Options of {@link convertCheckpoint}. */
export type ConvertOptions = Omit<OptionsWithRunner, 'runGraph'> &
  Partial<Pick<OptionsWithRunner, 'runGraph'>>;

/**
 * Turns a PyTorch or safetensors checkpoint into a model folder in memory, without an export
 * toolchain. In a page, call it in a worker: a large checkpoint takes seconds. The files go into
 * `createVerifier({ model: { files } })` as they are.
 *
 * @param source - The checkpoint; it must not change meanwhile. A `ByteFile`, or a `Blob` in a
 *   worker, is read piece by piece, so that only what is used is ever in memory.
 * @param options - Without `runGraph` the self-check runs on WebAssembly.
 * @throws VoiceprintError `checkpoint/*` for what is no checkpoint, `model/unsupported` when no
 *   known architecture fits the keys, `model/malformed` when the graph does not give finite
 *   numbers, `graph/*` for a configuration or weights that do not fit.
 */
export function convertCheckpoint(
  source: ByteSource | ByteFile | Blob,
  options: ConvertOptions,
): Promise<ModelFolder> {
  return withRunner(source, { runGraph: runGraphOnce, ...options });
}
