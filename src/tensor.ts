/** Element types that checkpoints hold and graphs are built from. */
export type TensorDtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'
  /** Of no type that is read here: `float32()` throws and says why. */
  | 'unreadable';

/**
 * A named tensor of a checkpoint. Values are read on demand, so that holding the tensors of a
 * large checkpoint costs no copy of its bytes.
 */
export interface Tensor {
  /** Type of the stored elements. */
  readonly dtype: TensorDtype;
  /** Row-major sizes; `[]` for a scalar. */
  readonly shape: readonly number[];
  /**
   * The values as float32 in row-major order. Wider types are rounded, integers converted. The
   * result may be a view of the checkpoint's bytes: treat it as read-only.
   */
  float32(): Float32Array;
}

/** A state dict: upstream keys, unchanged, in the checkpoint's order. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape (1 for a scalar). */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A float32 tensor over values that are already in memory. */
export function float32Tensor(values: Float32Array, shape: readonly number[]): Tensor {
  return { dtype: 'float32', shape, float32: () => values };
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
