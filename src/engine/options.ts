import type { VoiceprintError } from '../errors.js';
import { aborted } from '../lifetime/ended.js';
import type { ModelFiles } from '../models/given-files.js';
import type { Encoder } from './encoder/types.js';
import type { LoadProgress } from './progress.js';

/** Options of `openEngine` and `openWorkerEngine`; the defaults are {@link ENGINE_DEFAULTS}. */
export interface EngineOptions {
  /** A model that ships, the URL of a model folder, or its files; in Node also a path. */
  readonly model?: string | URL | ModelFiles;
  /** An encoder of the caller's own in place of `model`. The engine owns it from then on. */
  readonly encoder?: Encoder;
  /** A model that can hear chunk by chunk beside the other, as `model` is given. */
  readonly streamingModel?: string | URL | ModelFiles;
  /** `'auto'` takes WebGPU when it is there and its self-check passes. @defaultValue `'auto'` */
  readonly backend?: 'auto' | 'webgpu' | 'wasm';
  /** WebAssembly threads, 1 to 4. */
  readonly threads?: number;
  /** Keep downloads in the Cache API, where there is one. @defaultValue true */
  readonly cache?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
  /**
   * Taken for the outcome of the self-check on WebGPU, so that tests can make it fail.
   * @internal
   */
  readonly selfCheckCosine?: number;
}

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS = {
  backend: 'auto',
  cache: true,
} as const satisfies EngineOptions;

/** What an aborted load rejects with. */
export function loadAborted(signal: AbortSignal | undefined): VoiceprintError {
  return aborted('loading was aborted by the caller', signal?.reason);
}
