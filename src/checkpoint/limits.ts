/**
 * How much a checkpoint may ask for before it is refused with `checkpoint/limit`. The defaults
 * leave ample room for real speaker encoders (some thousand tensors) and keep a hostile file from
 * taking the page down.
 */
export interface CheckpointLimits {
  /** Entries of the zip archive. */
  readonly entries: number;
  /** Bytes of the index: the pickle of a PyTorch file, the JSON header of a safetensors file. */
  readonly indexBytes: number;
  /** Bytes that one compressed entry may unpack to. */
  readonly unpackedBytes: number;
  /** Values that the pickle may leave on its stack or in its memo. */
  readonly pickleValues: number;
  /** Levels of dicts and lists within one another. */
  readonly depth: number;
  /** Tensors, and apart from them values of metadata. */
  readonly tensors: number;
  /** Elements of one tensor. */
  readonly elements: number;
}

export const CHECKPOINT_LIMITS: CheckpointLimits = {
  entries: 100_000,
  indexBytes: 64 * 2 ** 20,
  unpackedBytes: 2 ** 30,
  pickleValues: 4_000_000,
  depth: 32,
  tensors: 100_000,
  elements: 2 ** 28,
};
