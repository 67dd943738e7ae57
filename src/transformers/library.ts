import { VoiceprintError } from '../errors.js';

/** Where transformers.js runs a model: its own word for a backend. */
export type LibraryDevice = 'webgpu' | 'wasm' | 'cpu';

/** Precision of the weights file, as transformers.js names them: `fp32` is `model.onnx`. */
export type LibraryDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';

/** What this package passes to the `from_pretrained` functions. */
export interface LibraryOptions {
  /** Branch, tag or commit on the hub. */
  readonly revision?: string;
  /** Asks no network. */
  readonly local_files_only?: boolean;
  /** Where downloads are kept in Node. */
  readonly cache_dir?: string;
  /** Where in the repository the graphs lie. */
  readonly subfolder?: string;
  /** Name of the weights file without precision and `.onnx`. */
  readonly model_file_name?: string;
  /** Where to run. */
  readonly device?: LibraryDevice;
  /** Which precision of the weights to load. */
  readonly dtype?: LibraryDtype;
  /** Hears of the downloads. */
  readonly progress_callback?: (info: LibraryProgress) => void;
}

/** The events that matter here; others have other words in `status`. */
export interface LibraryProgress {
  /** What happens, such as `progress` or `done`. */
  readonly status: string;
  /** Which file. */
  readonly file?: string;
  /** Bytes so far. */
  readonly loaded?: number;
  /** Bytes in all, where the server says. */
  readonly total?: number;
}

/** A loaded model: one ONNX session behind `forward`. */
export interface LibraryModel {
  /** onnxruntime's sessions, by name. */
  readonly sessions: Readonly<Record<string, unknown>>;
  /** Runs the model over the extractor's outputs. */
  forward(inputs: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Gives the sessions back. */
  dispose(): Promise<unknown>;
}

/** Turns 16 kHz samples into the model's inputs. */
export interface LibraryExtractor {
  /** Makes the model's inputs from 16 kHz mono samples. */
  (samples: Float32Array): Promise<Record<string, unknown>>;
  /** The extractor's configuration, as its folder has it. */
  readonly config: unknown;
}

/**
 * What is used of `@huggingface/transformers`: structural, so that this package's types need no
 * installation of it. The module itself fits.
 */
export interface TransformersLibrary {
  /** The library's settings. */
  readonly env: {
    /** Whether the page's own server is asked. */
    allowLocalModels: boolean;
    /** Whether the hub is asked. */
    allowRemoteModels: boolean;
    /** Address of the hub. */
    remoteHost: string;
    /** Path of a file on it. */
    remotePathTemplate: string;
    /** What it computes with. */
    readonly backends: {
      /** onnxruntime's own settings. */
      readonly onnx: object;
    };
  };
  /** Reads configurations. */
  readonly AutoConfig: {
    /** As the library has it. */
    from_pretrained(id: string, options?: LibraryOptions): Promise<object>;
  };
  /** Opens feature extractors. */
  readonly AutoFeatureExtractor: {
    /** As the library has it. */
    from_pretrained(id: string, options?: LibraryOptions): Promise<LibraryExtractor>;
  };
  /** Opens models with an x-vector head. */
  readonly AutoModelForXVector: {
    /** Whether a model type has such a head. */
    supports(modelType: string): boolean;
    /** As the library has it. */
    from_pretrained(id: string, options?: LibraryOptions): Promise<LibraryModel>;
  };
  /** Opens models of any kind. */
  readonly AutoModel: {
    /** As the library has it. */
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
