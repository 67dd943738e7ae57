import type { LoadProgress } from '../engine/progress.js';
import { VoiceprintError } from '../errors.js';
import type {
  LibraryDevice,
  LibraryExtractor,
  LibraryModel,
  LibraryOptions,
  LibraryProgress,
  TransformersLibrary,
} from './library.js';
import type { ResolvedOptions } from './options.js';
import { lookingAt, type ModelSource } from './source.js';

/** The small files of a model: what it is and how it is fed. */
export interface ModelFacts {
  readonly config: Readonly<Record<string, unknown>>;
  readonly extractor: LibraryExtractor;
  readonly preprocessor: Readonly<Record<string, unknown>>;
}

/** A model on one device. */
export interface LoadedModel {
  readonly model: LibraryModel;
  readonly device: LibraryDevice;
  /** Bytes of the weights. */
  readonly bytes: number;
}

/**
 * Loads `config.json` and `preprocessor_config.json`.
 *
 * @throws VoiceprintError `model/unavailable`, `model/malformed` when one is not JSON, or
 *   `model/unsupported` when the library knows no such front end or it is not made for 16 kHz.
 */
export async function loadFacts(
  library: TransformersLibrary,
  source: ModelSource,
  options: ResolvedOptions,
): Promise<ModelFacts> {
  const common = commonOptions(source, options);
  try {
    return await lookingAt(source, library, async () => {
      const config = { ...(await library.AutoConfig.from_pretrained(source.id, common)) };
      const extractor = await library.AutoFeatureExtractor.from_pretrained(source.id, common);
      const preprocessor = { ...Object(extractor.config) };
      refuseOtherRate(source, preprocessor.sampling_rate);
      return { config, extractor, preprocessor };
    });
  } catch (cause) {
    throw loadFailure(source, cause, false);
  }
}

/**
 * Loads the weights and makes a session of them.
 *
 * @throws VoiceprintError `model/unavailable` when they cannot be fetched, `model/unsupported` when
 *   the backend cannot run them.
 */
export async function loadModel(
  library: TransformersLibrary,
  source: ModelSource,
  options: ResolvedOptions,
  { config }: ModelFacts,
  device: LibraryDevice,
  onProgress: ((progress: LoadProgress) => void) | undefined,
): Promise<LoadedModel> {
  const weights = watchWeights(onProgress);
  const type = typeof config.model_type === 'string' ? config.model_type : '';
  const loader = library.AutoModelForXVector.supports(type)
    ? library.AutoModelForXVector
    : library.AutoModel;
  try {
    const model = await lookingAt(source, library, () =>
      loader.from_pretrained(source.id, {
        ...commonOptions(source, options),
        subfolder: options.subfolder,
        model_file_name: options.modelFile,
        dtype: options.dtype,
        device,
        progress_callback: weights.onProgress,
      }),
    );
    return { model, device, bytes: weights.bytes() };
  } catch (cause) {
    throw loadFailure(source, cause, weights.done());
  }
}

function commonOptions(source: ModelSource, options: ResolvedOptions): LibraryOptions {
  return {
    revision: options.revision,
    ...(source.localOnly ? { local_files_only: true } : {}),
    ...(options.cacheDirectory === undefined ? {} : { cache_dir: options.cacheDirectory }),
  };
}

/** Adds up the bytes of the weights files, of which large models have several. */
function watchWeights(onProgress: ((progress: LoadProgress) => void) | undefined) {
  const files = new Map<string, { loaded: number; total: number }>();
  const finished = new Set<string>();
  const sum = (key: 'loaded' | 'total'): number =>
    [...files.values()].reduce((total, file) => total + file[key], 0);
  return {
    onProgress({ status, file, loaded, total }: LibraryProgress): void {
      if (file === undefined || !file.includes('.onnx')) return;
      if (status === 'done') finished.add(file);
      if (status !== 'progress' || loaded === undefined || total === undefined) return;
      files.set(file, { loaded, total });
      const bytes = sum('loaded');
      const totalBytes = sum('total');
      const done = totalBytes > 0 ? bytes / totalBytes : 0;
      onProgress?.({ stage: 'model', done, bytes, totalBytes });
    },
    bytes: () => sum('loaded'),
    done: () => finished.size > 0,
  };
}

function refuseOtherRate(source: ModelSource, rate: unknown): void {
  if (rate === undefined || rate === 16_000) return;
  throw new VoiceprintError(
    'model/unsupported',
    `${source.name} hears ${rate} Hz (sampling_rate in preprocessor_config.json); a model for 16000 Hz is needed`,
  );
}

/** Says what failed: the library throws plain errors, and the same ones for different reasons. */
function loadFailure(source: ModelSource, cause: unknown, haveWeights: boolean): VoiceprintError {
  if (cause instanceof VoiceprintError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof SyntaxError) {
    return new VoiceprintError(
      'model/malformed',
      `a file of ${source.name} is not JSON (${words}); check that the address is a model folder and not a web page`,
      { cause },
    );
  }
  if (/^Unsupported model type|^Unknown feature_extractor_type/.test(words)) {
    return new VoiceprintError(
      'model/unsupported',
      `transformers.js knows no such model: ${source.name} (${words}); take a speaker model that it lists, such as WavLM with an x-vector head`,
      { cause },
    );
  }
  if (haveWeights) {
    return new VoiceprintError(
      'model/unsupported',
      `the weights of ${source.name} cannot be run here (${words}); try another dtype, or backend 'wasm'`,
      { cause },
    );
  }
  return new VoiceprintError(
    'model/unavailable',
    `${source.name} could not be loaded (${words}); check the ${source.address === undefined ? 'id, the revision' : `address ${source.address}`}, dtype and the network`,
    { cause },
  );
}
