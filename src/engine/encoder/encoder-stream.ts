import { VoiceprintError } from '../../errors.js';
import { openFeatureStream } from '../../features/feature-stream.js';
import { asyncDispose } from '../../lifetime/async-dispose.js';
import { disposed } from '../../lifetime/ended.js';
import { createSerialQueue } from '../../lifetime/serial-queue.js';
import { turn } from '../../lifetime/turn.js';
import type { Manifest, ManifestStreaming } from '../../models/manifest.js';
import type { BackendReport, Runtime, StreamingSession } from '../../runtime/types.js';
import type { TensorValue } from '../../tensor.js';
import { stateDims } from './streaming-states.js';
import type { EncoderStream, EncoderStreamOptions, StreamedEmbedding } from './types.js';

/** Defaults of {@link EncoderStreamOptions}: steps of 160 ms. */
const ENCODER_STREAM_DEFAULTS = { windowSeconds: 3, chunkFrames: 16 } as const;

/** More would be kept and added up with every chunk. */
const MOST_SLOTS = 4096;
const MOST_CHUNK_FRAMES = 6000;

/** A stream through a graph in this process. */
export interface LocalEncoderStream extends EncoderStream {
  /** Values per frame of its features. */
  readonly bands: number;
  readonly embeddingSize: number;
}

/** Where {@link openEncoderStream} opens a stream. */
export interface EncoderStreamPlace {
  /** `'cpu'` keeps it off the GPU. @defaultValue `'backend'` */
  readonly on?: 'backend' | 'cpu';
  /** Called when the stream is disposed. */
  readonly onClosed?: () => void;
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
export async function openEncoderStream(
  runtime: Runtime,
  model: Uint8Array,
  manifest: Manifest,
  options: EncoderStreamOptions = {},
  { on = 'backend', onClosed = () => undefined }: EncoderStreamPlace = {},
): Promise<LocalEncoderStream> {
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
  const session = await runtime.openStreamingSession(model, { states }, on);
  const stream = new GraphStream(runtime.backend, manifest, streaming, session, features, {
    chunkFrames,
    slots,
    onClosed,
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
  options: EncoderStreamOptions,
  { stack }: ManifestStreaming,
  frameRate: number,
): StreamSizes {
  const {
    windowSeconds = ENCODER_STREAM_DEFAULTS.windowSeconds,
    chunkFrames = Math.ceil(ENCODER_STREAM_DEFAULTS.chunkFrames / stack) * stack,
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

type StreamParts = StreamSizes & Required<Pick<EncoderStreamPlace, 'onClosed'>>;

class GraphStream implements LocalEncoderStream {
  readonly backend: BackendReport;
  readonly bands: number;
  readonly embeddingSize: number;
  readonly chunkSeconds: number;
  readonly #manifest: Manifest;
  readonly #recent: string;
  readonly #session: StreamingSession;
  readonly #features: ReturnType<typeof openFeatureStream>;
  readonly #sizes: StreamParts;
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
    sizes: StreamParts,
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

  [asyncDispose](): Promise<void> {
    return this.#queue.run(async () => {
      this.#disposed = true;
      this.#sizes.onClosed();
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
