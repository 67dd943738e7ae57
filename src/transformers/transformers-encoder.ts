import type { EncoderFactory } from '../engine/encoder/types.js';
import { openEncoder } from './encoder.js';
import type { TransformersOptions } from './options.js';
import { openWorkerEncoder } from './worker.js';

/**
 * Any speaker model of transformers.js as the encoder of a verifier: WavLM and its kin with an
 * x-vector head (`AutoModelForXVector`), WeSpeaker's ResNet, or another graph that gives one vector
 * per utterance.
 *
 * ```ts
 * const verifier = await createVerifier({ encoder: transformersEncoder('Xenova/wavlm-base-plus-sv') });
 * ```
 *
 * On `backend: 'auto'` and `'webgpu'` the GPU's embedding of a fixed probe is compared with that of
 * WebAssembly before it is trusted; with `'auto'` WebAssembly stays where they differ.
 *
 * By itself the model runs where the factory is called, and on WebAssembly it blocks a page while it
 * computes; with `options.worker` it runs in a worker of the page's own.
 *
 * @param model - Id on the Hugging Face hub, or a folder: an address, or a path that begins with `.`
 *   or `/`. A folder's address is given to the library through its global `env` while it loads.
 * @returns a factory that throws VoiceprintError `backend/unavailable` (the library is not installed,
 *   or there is no GPU where one was asked for), `backend/failed`, `model/unavailable`,
 *   `model/malformed`, `model/unsupported` (no embedding, unknown front end, not 16 kHz), or
 *   `aborted`.
 */
export function transformersEncoder(
  model: string | URL,
  options: TransformersOptions = {},
): EncoderFactory {
  const { worker } = options;
  return (request) =>
    worker === undefined
      ? openEncoder(model, options, request)
      : openWorkerEncoder(model, options, worker, request);
}
