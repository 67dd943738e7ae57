import type { Session, TensorValue } from '../tensor.js';
/** Where the encoder runs; `'cpu'` is an encoder of the caller's own on a native runtime in Node. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Which backend is in use and why, in words a person can read. */
export interface BackendReport {
  /** Where the graphs run. */
  readonly name: BackendName;
  /** The entry of onnxruntime-web that was loaded: `/jspi`, `/webgpu` or `/wasm`; `'node'` for onnxruntime-node. */
  readonly entry: 'jspi' | 'webgpu' | 'wasm' | 'node';
  /** WebAssembly threads (1 without cross-origin isolation). */
  readonly threads: number;
  /** The GPU as the adapter names it; undefined on WebAssembly. */
  readonly adapter: string | undefined;
  /** One sentence: why this backend and not another. */
  readonly reason: string;
}

/** A tensor that a graph hands to itself from one chunk to the next. */
export interface StreamState {
  /** The output whose value the input gets with the next chunk. */
  readonly output: string;
  /** Its sizes, which stay the same for every chunk; a stream begins with zeros. */
  readonly dims: readonly number[];
}

/** What a stream carries from chunk to chunk, by the name of the input that it comes in by. */
export interface StreamingOptions {
  readonly states: Readonly<Record<string, StreamState>>;
}

/**
 * One stream through one graph. Chunks are taken in the order of the calls; every new length of a
 * chunk compiles shaders anew on WebGPU, so one length is best.
 */
export interface StreamingSession {
  /** Inputs of a chunk, without the states. */
  readonly inputNames: readonly string[];
  /** Outputs of a chunk, without the states. */
  readonly outputNames: readonly string[];
  /**
   * Runs one chunk. A chunk that fails leaves the stream as it was before.
   * @throws VoiceprintError `graph/invalid` for a chunk that the graph cannot take,
   *   `backend/failed` when it did not run, `disposed` after `dispose()`.
   */
  run(chunk: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
  /** Begins a new stream from zeros, after the chunks that were given before. */
  reset(): Promise<void>;
  /** Gives graph and states back, after the chunks that were given before. Idempotent. */
  dispose(): Promise<void>;
}

/** One onnxruntime instance on one backend. Disposing it disposes its sessions. */
export interface Runtime {
  readonly backend: BackendReport;
  /**
   * @param model - ONNX ModelProto bytes.
   * @param on - `'cpu'` keeps a small graph (the speech detector) off the GPU.
   */
  openSession(model: Uint8Array, on?: 'backend' | 'cpu'): Promise<Session>;
  /**
   * @param model - ONNX ModelProto bytes of a graph with states.
   * @param on - As for {@link Runtime.openSession}.
   * @throws VoiceprintError `graph/invalid` where `states` does not fit the graph.
   */
  openStreamingSession(
    model: Uint8Array,
    options: StreamingOptions,
    on?: 'backend' | 'cpu',
  ): Promise<StreamingSession>;
  dispose(): Promise<void>;
}
