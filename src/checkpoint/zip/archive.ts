import crc32 from 'crc-32';
import { Inflate } from 'fflate';
import { type ByteFile, readRange } from '../byte-file.js';
import { malformed, overLimit } from '../failures.js';
import type { CheckpointLimits } from '../limits.js';
import { readZipDirectory, type ZipEntry } from './directory.js';

/** Deflate expands at most 1032 times, so a piece of input never costs more than 17 MB at once. */
const PIECE_BYTES = 16 * 1024;

/**
 * A zip archive whose entries are read one at a time. Stored entries, which is all that
 * `torch.save` writes, are views of the archive's own bytes where those are in memory.
 */
export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #file: ByteFile;
  readonly #limits: CheckpointLimits;
  readonly #checked = new Set<string>();
  #last: { readonly name: string; readonly bytes: Uint8Array } | undefined;

  constructor(file: ByteFile, limits: CheckpointLimits) {
    this.#file = file;
    this.#limits = limits;
    this.entries = readZipDirectory(file, limits);
  }

  /**
   * The unpacked bytes of an entry; its CRC is checked when it is first read. The last entry is
   * kept, for tensors that share a storage.
   *
   * @throws VoiceprintError `checkpoint/malformed`, or `checkpoint/limit` for a zip bomb.
   */
  read(entry: ZipEntry): Uint8Array {
    if (this.#last?.name === entry.name) return this.#last.bytes;
    const packed = readRange(this.#file, entry.offset, entry.packedBytes, 'The checkpoint');
    const bytes = entry.compressed ? this.#inflate(entry, packed) : packed;
    this.#check(entry, bytes);
    this.#last = { name: entry.name, bytes };
    return bytes;
  }

  #check(entry: ZipEntry, bytes: Uint8Array): void {
    if (this.#checked.has(entry.name)) return;
    if (crc32.buf(bytes) >>> 0 !== entry.crc) {
      throw malformed(`The checkpoint's entry "${entry.name}" was changed: its CRC-32 is wrong`);
    }
    this.#checked.add(entry.name);
  }

  #inflate(entry: ZipEntry, packed: Uint8Array): Uint8Array {
    const { unpackedBytes } = this.#limits;
    if (entry.bytes > unpackedBytes) {
      throw overLimit(
        `The entry "${entry.name}" says how many bytes it unpacks to`,
        entry.bytes,
        unpackedBytes,
        'unpackedBytes',
      );
    }
    if (entry.bytes > 1100 * (entry.packedBytes + 1)) {
      throw malformed(`The entry "${entry.name}" is too short to unpack to ${entry.bytes} bytes`);
    }
    const unpacked = new Uint8Array(entry.bytes);
    let filled = 0;
    const stream = new Inflate((piece) => {
      if (filled + piece.length > unpacked.length) {
        throw malformed(
          `The entry "${entry.name}" unpacks to more than the ${entry.bytes} bytes it says`,
        );
      }
      unpacked.set(piece, filled);
      filled += piece.length;
    });
    try {
      for (let start = 0; start < packed.length; start += PIECE_BYTES) {
        const end = Math.min(start + PIECE_BYTES, packed.length);
        stream.push(packed.subarray(start, end), end === packed.length);
      }
    } catch (cause) {
      throw malformed(`The entry "${entry.name}" cannot be unpacked`, cause);
    }
    if (filled !== unpacked.length) {
      throw malformed(
        `The entry "${entry.name}" unpacks to ${filled} bytes, it says ${entry.bytes}`,
      );
    }
    return unpacked;
  }
}
