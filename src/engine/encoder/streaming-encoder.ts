import { VoiceprintError } from '../../errors.js';
import { openFeatureStream } from '../../features/feature-stream.js';
import { disposed } from '../../lifetime/ended.js';
import { createSerialQueue } from '../../lifetime/serial-queue.js';
import { turn } from '../../lifetime/turn.js';
import type { Manifest, ManifestStreaming } from '../../models/manifest.js';
import type { BackendReport, Runtime, StreamingSession, TensorValue } from '../../runtime/types.js';
import { stateDims } from './streaming-states.js';

/** Options of {@link openStreamingEncoder}; the defaults are in {@link STREAMING_ENCODER_DEFAULTS}. */
export interface StreamingEncoderOptions {
  /** Seconds of speech that `recent` looks back on, rounded to whole chunks. */
  readonly windowSeconds?: number;
  /**
   * Frames per step, a multiple of the model's `stack`. Every size compiles shaders of its own on
   * WebGPU; more frames cost less per second of speech and give fewer embeddings.
   */
  readonly chunkFrames?: number;
}

/** Defaults of {@link StreamingEncoderOptions}: steps of 160 ms. */
const STREAMING_ENCODER_DEFAULTS = { windowSeconds: 3, chunkFrames: 16 } as const;

/** More would be kept and added up with every chunk. */
const MOST_SLOTS = 4096;
const MOST_CHUNK_FRAMES = 6000;

/** What a stream says about its speaker after a chunk. */
export interface StreamedEmbedding {
  /** Embedding of all speech since the beginning or the last reset. */
  readonly heard: Float32Array;
  /** Embedding of the last `windowSeconds` of speech. */
  readonly recent: Float32Array;
  /** Seconds of speech in `heard`. */
  readonly heardSeconds: number;
  /** Seconds of speech in `recent`; fewer than `windowSeconds` at first. */
  readonly recentSeconds: number;
  /** Spent on features since the embedding before. */
  readonly featuresMilliseconds: number;
  /** Spent in the graph since the embedding before. */
  readonly encoderMilliseconds: number;
}

/** One stream of speech through a streaming model. Its cost per second never grows. */
export interface StreamingEncoder {
  readonly backend: BackendReport;
  readonly bands: number;
  readonly embeddingSize: number;
  /** Seconds of speech that a step takes. */
  readonly chunkSeconds: number;
  /**
   * Takes the next speech. Calls are served in order.
   *
   * @param speech - 16 kHz mono PCM in [-1, 1], any number of samples; read until the promise
   *   resolves, not kept.
   * @returns the embeddings after the last chunk that became whole; undefined when none did.
   * @throws VoiceprintError `audio/invalid` for samples that are not finite numbers, and the stream
   *   goes on as if they had not come; `backend/failed` when the graph did not run: reset the
   *   stream or open another; `disposed` after `dispose()`.
   */
  push(speech: Float32Array): Promise<StreamedEmbedding | undefined>;
  /** Begins a new stream, after the speech that was pushed before. */
  reset(): Promise<void>;
  /** Gives graph and states back. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Opens a stream through a model whose manifest has a `streaming` section. The states stay on the
 * device; features are computed here.
 *
 * @param model - Bytes of the model's graph.
 * @throws VoiceprintError `model/unsupported` for a model that cannot stream, `verifier/invalid`
 *   for an impossible option, `model/mismatch` when graph and manifest disagree; as
 *   `Runtime.openStreamingSession`.
 */
export async function openStreamingEncoder(
  runtime: Runtime,
  model: Uint8Array,
  manifest: Manifest,
  options: StreamingEncoderOptions = {},
): Promise<StreamingEncoder> {
  const { streaming } = manifest;
  if (streaming === undefined) {
    throw new VoiceprintError(
      'model/unsupported',
      `the model ${manifest.name} takes whole utterances only: its manifest has no "streaming"; stream in windows, or use a streaming model`,
    );
  }
  const features = openFeatureStream(manifest.frontEnd);
  const { chunkFrames, slots } = checkOptions(options, streaming, features.frameRate);
  const states = stateDims(streaming, slots);
  const session = await runtime.openStreamingSession(model, { states });
  const stream = new LocalStream(runtime.backend, manifest, streaming, session, features, {
    chunkFrames,
    slots,
  });
  if (session.outputNames.includes(streaming.recent)) return stream;
  await session.dispose();
  throw mismatch(manifest, streaming.recent);
}

interface StreamSizes {
  readonly chunkFrames: number;
  readonly slots: number;
}

function checkOptions(
  options: StreamingEncoderOptions,
  { stack }: ManifestStreaming,
  frameRate: number,
): StreamSizes {
  const {
    windowSeconds = STREAMING_ENCODER_DEFAULTS.windowSeconds,
    chunkFrames = Math.ceil(STREAMING_ENCODER_DEFAULTS.chunkFrames / stack) * stack,
  } = options;
  const whole = Number.isInteger(chunkFrames) && chunkFrames % stack === 0;
  if (!whole || chunkFrames < stack || chunkFrames > MOST_CHUNK_FRAMES) {
    throw new VoiceprintError(
      'verifier/invalid',
      `chunkFrames is ${chunkFrames}; give a multiple of ${stack} up to ${MOST_CHUNK_FRAMES}`,
    );
  }
  const slots = Math.max(1, Math.round((windowSeconds * frameRate) / chunkFrames));
  // Written so that NaN is refused too.
  if (windowSeconds > 0 && slots <= MOST_SLOTS) return { chunkFrames, slots };
  throw new VoiceprintError(
    'verifier/invalid',
    `windowSeconds is ${windowSeconds}; give more than 0 and at most ${Math.floor((MOST_SLOTS * chunkFrames) / frameRate)}`,
  );
}

class LocalStream implements StreamingEncoder {
  readonly backend: BackendReport;
  readonly bands: number;
  readonly embeddingSize: number;
  readonly chunkSeconds: number;
  readonly #manifest: Manifest;
  readonly #recent: string;
  readonly #session: StreamingSession;
  readonly #features: ReturnType<typeof openFeatureStream>;
  readonly #sizes: StreamSizes;
  readonly #queue = createSerialQueue();
  /** The chunk that is being filled; it goes to the graph as it is. */
  readonly #chunk: Float32Array;
  #filled = 0;
  #chunks = 0;
  #featuresMilliseconds = 0;
  #encoderMilliseconds = 0;
  #disposed = false;

  constructor(
    backend: BackendReport,
    manifest: Manifest,
    streaming: ManifestStreaming,
    session: StreamingSession,
    features: ReturnType<typeof openFeatureStream>,
    sizes: StreamSizes,
  ) {
    this.backend = backend;
    this.bands = features.bands;
    this.embeddingSize = manifest.embeddingSize;
    this.chunkSeconds = sizes.chunkFrames / features.frameRate;
    this.#manifest = manifest;
    this.#recent = streaming.recent;
    this.#session = session;
    this.#features = features;
    this.#sizes = sizes;
    this.#chunk = new Float32Array(sizes.chunkFrames * features.bands);
  }

  push(speech: Float32Array): Promise<StreamedEmbedding | undefined> {
    return this.#queue.run(async () => {
      this.#refuseDisposed();
      const started = performance.now();
      const { data } = this.#features.push(speech);
      this.#featuresMilliseconds += performance.now() - started;
      let outputs: Record<string, TensorValue> | undefined;
      for (let at = 0; at < data.length; ) {
        const taken = Math.min(this.#chunk.length - this.#filled, data.length - at);
        this.#chunk.set(data.subarray(at, at + taken), this.#filled);
        this.#filled += taken;
        at += taken;
        if (this.#filled < this.#chunk.length) break;
        // A run may be synchronous: between two, whoever else waits is served.
        if (outputs !== undefined) await turn();
        outputs = await this.#step();
      }
      return outputs === undefined ? undefined : this.#report(outputs);
    });
  }

  reset(): Promise<void> {
    return this.#queue.run(async () => {
      this.#refuseDisposed();
      this.#features.reset();
      this.#filled = 0;
      this.#chunks = 0;
      this.#featuresMilliseconds = 0;
      this.#encoderMilliseconds = 0;
      await this.#session.reset();
    });
  }

  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      this.#disposed = true;
      await this.#session.dispose();
    });
  }

  async #step(): Promise<Record<string, TensorValue>> {
    const started = performance.now();
    this.#filled = 0;
    const outputs = await this.#session.run({
      [this.#manifest.input.name]: {
        type: 'float32',
        dims: [1, this.#sizes.chunkFrames, this.bands],
        data: this.#chunk,
      },
    });
    this.#chunks += 1;
    this.#encoderMilliseconds += performance.now() - started;
    return outputs;
  }

  #report(outputs: Readonly<Record<string, TensorValue>>): StreamedEmbedding {
    const streamed = {
      heard: this.#embedding(outputs, this.#manifest.output.name),
      recent: this.#embedding(outputs, this.#recent),
      heardSeconds: this.#chunks * this.chunkSeconds,
      recentSeconds: Math.min(this.#chunks, this.#sizes.slots) * this.chunkSeconds,
      featuresMilliseconds: this.#featuresMilliseconds,
      encoderMilliseconds: this.#encoderMilliseconds,
    };
    this.#featuresMilliseconds = 0;
    this.#encoderMilliseconds = 0;
    return streamed;
  }

  #embedding(outputs: Readonly<Record<string, TensorValue>>, name: string): Float32Array {
    const data = outputs[name]?.data;
    if (!(data instanceof Float32Array) || data.length !== this.embeddingSize) {
      throw mismatch(this.#manifest, name);
    }
    // What is not a number stays in the sums for good.
    if (data.every(Number.isFinite)) return data;
    throw new VoiceprintError(
      'backend/failed',
      "the streaming encoder returned values that are not numbers; reset the stream, or try backend 'wasm'",
    );
  }

  #refuseDisposed(): void {
    if (!this.#disposed) return;
    throw disposed('the stream was disposed; open another');
  }
}

function mismatch({ name, embeddingSize }: Manifest, output: string): VoiceprintError {
  return new VoiceprintError(
    'model/mismatch',
    `the manifest of ${name} promises ${embeddingSize} float32 values in "${output}", which the graph does not give; convert the checkpoint again, so that both come from one run`,
  );
}
