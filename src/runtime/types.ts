/** Where the encoder runs; `'cpu'` is an encoder of the caller's own on a native runtime in Node. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Which backend is in use and why, in words a person can read. */
export interface BackendReport {
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

/** A tensor that goes into or comes out of a session, in CPU memory. */
export interface TensorValue {
  readonly type: 'float32' | 'int64' | 'int32' | 'uint8' | 'bool';
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array;
}

/** One loaded graph. Runs are serialised by the runtime; `dispose` is idempotent. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>>;
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
  dispose(): Promise<void>;
}
