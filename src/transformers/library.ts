import { VoiceprintError } from '../errors.js';

/** Where transformers.js runs a model: its own word for a backend. */
export type LibraryDevice = 'webgpu' | 'wasm' | 'cpu';

/** Precision of the weights file, as transformers.js names them: `fp32` is `model.onnx`. */
export type LibraryDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';

/** What this package passes to the `from_pretrained` functions. */
export interface LibraryOptions {
  readonly revision?: string;
  readonly local_files_only?: boolean;
  readonly cache_dir?: string;
  readonly subfolder?: string;
  readonly model_file_name?: string;
  readonly device?: LibraryDevice;
  readonly dtype?: LibraryDtype;
  readonly progress_callback?: (info: LibraryProgress) => void;
}

/** The events that matter here; others have other words in `status`. */
export interface LibraryProgress {
  readonly status: string;
  readonly file?: string;
  readonly loaded?: number;
  readonly total?: number;
}

/** A loaded model: one ONNX session behind `forward`. */
export interface LibraryModel {
  readonly sessions: Readonly<Record<string, unknown>>;
  forward(inputs: Record<string, unknown>): Promise<Record<string, unknown>>;
  dispose(): Promise<unknown>;
}

/** Turns 16 kHz samples into the model's inputs. */
export interface LibraryExtractor {
  (samples: Float32Array): Promise<Record<string, unknown>>;
  readonly config: unknown;
}

/**
 * What is used of `@huggingface/transformers`: structural, so that this package's types need no
 * installation of it. The module itself fits.
 */
export interface TransformersLibrary {
  readonly env: {
    allowLocalModels: boolean;
    allowRemoteModels: boolean;
    remoteHost: string;
    remotePathTemplate: string;
    readonly backends: { readonly onnx: object };
  };
  readonly AutoConfig: {
    from_pretrained(id: string, options?: LibraryOptions): Promise<object>;
  };
  readonly AutoFeatureExtractor: {
    from_pretrained(id: string, options?: LibraryOptions): Promise<LibraryExtractor>;
  };
  readonly AutoModelForXVector: {
    supports(modelType: string): boolean;
    from_pretrained(id: string, options?: LibraryOptions): Promise<LibraryModel>;
  };
  readonly AutoModel: {
    from_pretrained(id: string, options?: LibraryOptions): Promise<LibraryModel>;
  };
}

/**
 * Takes the library that the caller passed, or imports it: `@huggingface/transformers` is an
 * optional peer dependency, resolved by the bundler of whoever uses it.
 *
 * @throws VoiceprintError `backend/unavailable` when it is not installed.
 */
export async function openLibrary(
  given: TransformersLibrary | (() => Promise<TransformersLibrary>) | undefined,
): Promise<TransformersLibrary> {
  if (typeof given === 'object') return given;
  try {
    return await (given ?? (() => import('@huggingface/transformers')))();
  } catch (cause) {
    throw new VoiceprintError(
      'backend/unavailable',
      'transformers.js could not be loaded; run "npm install @huggingface/transformers", or pass it: { transformers: await import(address) }',
      { cause },
    );
  }
}
