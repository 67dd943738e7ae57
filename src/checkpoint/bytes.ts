/** Bytes as a caller may hold them: a buffer, or any view of one, at any offset. */
export type ByteSource = ArrayBufferLike | ArrayBufferView;

/**
 * The same memory as a plain `Uint8Array`. Node's `Buffer` is one too, but its `slice` gives a view
 * of a pool that it shares with others where `Uint8Array` copies; past this function nobody has to
 * think of that.
 */
export function asBytes(source: ByteSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
