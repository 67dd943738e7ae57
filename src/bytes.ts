/** Bytes as a caller may hold them: a buffer, or any view of one, at any offset. */
export type ByteSource = ArrayBufferLike | ArrayBufferView;

/**
 * The same bytes as a plain `Uint8Array`, without a copy unless the memory is shared: decoders of
 * text refuse that. Node's `Buffer` is a `Uint8Array` too, but its `slice` gives a view of a pool
 * that it shares with others where `Uint8Array` copies; past this function nobody has to think of
 * that.
 */
export function asBytes(source: ByteSource): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(source)
    ? source
    : { buffer: source, byteOffset: 0, byteLength: source.byteLength };
  return isShared(buffer)
    ? new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength))
    : new Uint8Array(buffer, byteOffset, byteLength);
}

/** By its tag: a buffer of another window or of a test's sandbox is no instance of this one's class. */
function isShared(buffer: ArrayBufferLike): buffer is SharedArrayBuffer {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}
