import { asBytes, type ByteSource } from '../bytes.js';
import { malformed } from './failures.js';

/**
 * A file whose parts are read when they are needed, so that of a large checkpoint only the tensors
 * in use are ever in memory. Reading is synchronous: Node has `readSync`, and workers of a page
 * `FileReaderSync` (see {@link blobFile}).
 */
export interface ByteFile {
  /** In bytes. */
  readonly size: number;
  /** As many bytes as asked for, which the caller does not change; may be a view. */
  read(start: number, length: number): Uint8Array;
}

/** A file that is in memory already: every read is a view. */
export function memoryFile(source: ByteSource): ByteFile {
  const bytes = asBytes(source);
  return { size: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
}

/** Only workers have it, and the types of pages do not. */
declare const FileReaderSync:
  | (new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer })
  | undefined;

/**
 * A file that a person chose in a page, read piece by piece.
 *
 * @returns undefined outside of workers, where nothing is read synchronously: then take
 *   `await blob.arrayBuffer()`.
 */
export function blobFile(blob: Blob): ByteFile | undefined {
  if (typeof FileReaderSync === 'undefined') return undefined;
  const reader = new FileReaderSync();
  return {
    size: blob.size,
    read: (start, length) =>
      new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, start + length))),
  };
}

/** Whether a source is read piece by piece. */
export function isByteFile(source: ByteSource | ByteFile): source is ByteFile {
  return 'read' in source && typeof source.read === 'function';
}

/**
 * Reads a range that a file itself names.
 *
 * @throws VoiceprintError `checkpoint/malformed` when it is not wholly in the file.
 */
export function readRange(file: ByteFile, start: number, length: number, what: string): Uint8Array {
  const fits = Number.isSafeInteger(start + length) && start >= 0 && length >= 0;
  const bytes = fits && start + length <= file.size ? file.read(start, length) : undefined;
  if (bytes?.length === length) return bytes;
  throw malformed(
    `${what} ends after ${file.size} bytes, ${length} more were expected at ${start}`,
  );
}
