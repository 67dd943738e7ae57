import { expose, proxy, transfer } from 'comlink';
import type { Encoded, Encoder, EncoderRequest } from '../engine/encoder/types.js';
import type { LoadProgress } from '../engine/progress.js';
import { ANSWER_LIMITS, openWorkerHost, sent } from '../engine/worker/host.js';
import { handleVoiceprintErrors } from '../engine/worker/wire.js';
import { VoiceprintError } from '../errors.js';
import { asyncDispose } from '../lifetime/async-dispose.js';
import { disposed } from '../lifetime/ended.js';
import { openEncoder } from './encoder.js';
import type { TransformersOptions } from './options.js';
import { fromThisPage } from './source.js';

/** Options that can be sent to a worker. */
type WireOptions = Omit<TransformersOptions, 'transformers' | 'worker'>;

type WireRequest = Omit<EncoderRequest, 'onProgress' | 'signal'>;

type WireEncoder = Pick<Encoder, 'model' | 'backend'>;

interface EncoderWorkerApi {
  open(
    model: string,
    options: WireOptions,
    request: WireRequest,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<WireEncoder>;
  encode(speech: Float32Array): Promise<Encoded>;
  dispose(): Promise<void>;
}

/**
 * Answers a page's `transformersEncoder(id, { worker })` from a module worker of the page's own:
 * the whole worker is this call. The library is imported when the page asks for it, because a worker
 * that imports onnxruntime-web at its start hangs with threads.
 *
 * @param transformers - As `TransformersOptions.transformers`.
 */
export function serveTransformers(transformers?: TransformersOptions['transformers']): void {
  let opened: Encoder | undefined;
  const api: EncoderWorkerApi = {
    async open(model, options, request, onProgress) {
      const given = transformers === undefined ? options : { ...options, transformers };
      opened = await openEncoder(model, given, { ...request, onProgress });
      return { model: opened.model, backend: opened.backend };
    },
    async encode(speech) {
      if (opened === undefined) {
        throw disposed('the encoder is not open; open it first');
      }
      const encoded = await opened.encode(speech);
      return transfer(encoded, [encoded.values.buffer]);
    },
    async dispose() {
      await opened?.[asyncDispose]();
    },
  };
  handleVoiceprintErrors();
  expose(api);
}

/** Opens an encoder behind a worker that calls {@link serveTransformers}. */
export async function openWorkerEncoder(
  model: string | URL,
  options: TransformersOptions,
  startWorker: () => Worker,
  request: EncoderRequest,
): Promise<Encoder> {
  const { transformers, worker, ...wire } = options;
  if (transformers !== undefined) {
    throw new VoiceprintError(
      'verifier/invalid',
      'transformers and worker are both given; give the library to serveTransformers() in the worker',
    );
  }
  const { onProgress = () => undefined, signal, ...rest } = request;
  const address = fromThisPage(model);
  const { host, opened } = await openWorkerHost<EncoderWorkerApi, WireEncoder>(
    startWorker,
    signal,
    (api, alive) =>
      api.open(
        address,
        wire,
        rest,
        proxy((progress) => {
          alive();
          onProgress(progress);
        }),
      ),
  );
  let disposal: Promise<void> | undefined;
  return {
    ...opened,
    encode: (speech) => host.call((api) => api.encode(sent(speech)), ANSWER_LIMITS.hear),
    [asyncDispose]() {
      disposal ??= host.close((api) => api.dispose());
      return disposal;
    },
  };
}
