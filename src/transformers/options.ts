import type { Model } from '../models/model.js';
import type { LibraryDtype, TransformersLibrary } from './library.js';

/** Options of `transformersEncoder`; the defaults are exported as `TRANSFORMERS_DEFAULTS`. */
export interface TransformersOptions {
  /**
   * The library, or what imports it: for a page without a bundler, or to set its `env` first.
   * @defaultValue `() => import('@huggingface/transformers')`
   */
  readonly transformers?: TransformersLibrary | (() => Promise<TransformersLibrary>);
  /**
   * Starts a module worker that calls `serveTransformers()`, so that the page never waits for the
   * model. Without it the model runs in the page itself.
   */
  readonly worker?: () => Worker;
  /**
   * Branch, tag or commit on the hub. Pin a commit: voiceprints are bound to this word, and a
   * branch may be given other weights. @defaultValue `'main'`
   */
  readonly revision?: string;
  /**
   * Precision of the weights. Lower ones are smaller and faster, and other models: scores move and
   * thresholds must be measured again. @defaultValue `'fp32'`
   */
  readonly dtype?: LibraryDtype;
  /** Folder of the weights inside the model's folder. @defaultValue `'onnx'` */
  readonly subfolder?: string;
  /** Name of the weights file without precision and `.onnx`. @defaultValue `'model'` */
  readonly modelFile?: string;
  /** Where Node keeps downloads; pages use the Cache API. */
  readonly cacheDirectory?: string;
  /** The graph's output that is the embedding, where it is none of `EMBEDDING_OUTPUTS`. */
  readonly output?: string;
  /** Seconds of speech below which an utterance is refused. @defaultValue 1 */
  readonly minimumSeconds?: number;
  /** Seconds of speech that an enrollment should have. @defaultValue 6 */
  readonly recommendedSeconds?: number;
  /** Measured on trials of your own; without any, each call needs `threshold`. @defaultValue `[]` */
  readonly thresholds?: Model['thresholds'];
  /** Without any, `llr` is undefined. @defaultValue `[]` */
  readonly calibration?: Model['calibration'];
  /** As the model card states it. @defaultValue `'see the model card'` */
  readonly licence?: string;
}

/** Defaults of {@link TransformersOptions}. */
export const TRANSFORMERS_DEFAULTS = {
  revision: 'main',
  dtype: 'fp32',
  subfolder: 'onnx',
  modelFile: 'model',
  minimumSeconds: 1,
  recommendedSeconds: 6,
  thresholds: [],
  calibration: [],
  licence: 'see the model card',
} as const satisfies TransformersOptions;

/** Options with every default filled in. */
export type ResolvedOptions = TransformersOptions &
  Required<Pick<TransformersOptions, keyof typeof TRANSFORMERS_DEFAULTS>>;
