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
  /**
   * What reading the pickle may cost altogether, in bytes of memory: its values, items, copies and
   * characters, and 8 for each opcode. A tensor takes about 3 kB. A short file may spend less, 8 MiB
   * and 64 times its own size, unless this is raised above its default.
   */
  readonly pickleBytes: number;
  /** Levels of dicts and lists within one another. */
  readonly depth: number;
  /** Tensors, and apart from them values of metadata. */
  readonly tensors: number;
  /** Elements of one tensor. */
  readonly elements: number;
}

/** Defaults of {@link CheckpointLimits}. */
export const CHECKPOINT_LIMITS: CheckpointLimits = {
  entries: 100_000,
  indexBytes: 32 * 2 ** 20,
  unpackedBytes: 2 ** 30,
  pickleBytes: 64 * 2 ** 20,
  depth: 32,
  tensors: 100_000,
  elements: 2 ** 28,
};
