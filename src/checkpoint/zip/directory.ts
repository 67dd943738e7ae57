import { type ByteFile, readRange } from '../byte-file.js';
import { ByteReader } from '../byte-reader.js';
import { malformed, overLimit, unsupported } from '../failures.js';
import type { CheckpointLimits } from '../limits.js';

/**
 * The central directory is read here, and not by a library, because the synchronous ones either
 * copy every entry at once (a 360 MB checkpoint would be held twice), follow the counts of a
 * hostile directory without bounds, or do not say where an entry starts and what its CRC is.
 * Format: PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5.3.
 */
export interface ZipEntry {
  readonly name: string;
  readonly compressed: boolean;
  readonly crc: number;
  /** Bytes in the archive and after unpacking. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where the data, not the header before it, starts in the archive. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LOCATOR_64_BYTES = 20;
const END_64_BYTES = 56;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const LONGEST_NAME = 1024;
const IN_ZIP64 = 0xffffffff;
const WHAT = 'The zip archive';

interface Directory {
  readonly start: number;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Lists the entries of a zip archive (zip64 included) and checks that each lies within it.
 *
 * @throws VoiceprintError `checkpoint/malformed`, `checkpoint/unsupported` (encrypted or split
 *   archives, methods other than stored and deflate), `checkpoint/limit` (number of entries).
 */
export function readZipDirectory(
  file: ByteFile,
  { entries: most, indexBytes }: CheckpointLimits,
): Map<string, ZipEntry> {
  const directory = findDirectory(file);
  if (directory.entries > most) {
    throw overLimit(`${WHAT} says how many entries it has`, directory.entries, most, 'entries');
  }
  if (directory.bytes > indexBytes) {
    throw overLimit(`${WHAT} has a directory of bytes`, directory.bytes, indexBytes, 'indexBytes');
  }
  if (directory.entries * CENTRAL_BYTES > directory.bytes) {
    throw malformed(`${WHAT} has too short a directory for ${directory.entries} entries`);
  }
  const reader = new ByteReader(
    readRange(file, directory.start, directory.bytes, WHAT),
    `${WHAT}'s directory`,
  );
  const entries = new Map<string, ZipEntry>();
  let packedBytes = 0;
  for (let i = 0; i < directory.entries; i++) {
    const entry = readEntry(reader, file, directory.start);
    if (entries.has(entry.name)) throw malformed(`${WHAT} holds "${entry.name}" twice`);
    entries.set(entry.name, entry);
    // Entries that overlap are how a small archive unpacks to a huge one.
    packedBytes += entry.packedBytes;
    if (packedBytes > directory.start) throw malformed(`${WHAT} has entries that overlap`);
  }
  if (reader.remaining > 0) throw malformed(`${WHAT} has more entries than it says`);
  return entries;
}

function findDirectory(file: ByteFile): Directory {
  const tailStart = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT - LOCATOR_64_BYTES);
  const tail = readRange(file, tailStart, file.size - tailStart, WHAT);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const first = Math.max(0, tail.length - END_BYTES - LONGEST_COMMENT);
  let end = tail.length - END_BYTES;
  while (
    end >= first &&
    !(
      view.getUint32(end, true) === END &&
      view.getUint16(end + 20, true) === tail.length - end - END_BYTES
    )
  ) {
    end -= 1;
  }
  if (end < first) throw malformed(`${WHAT} has no directory at its end: it was cut off`);
  const reader = new ByteReader(tail, WHAT, end + 4);
  const disks = reader.uint32();
  const onThisDisk = reader.uint16();
  const plain = { entries: reader.uint16(), bytes: reader.uint32(), start: reader.uint32() };
  if (disks !== 0 || onThisDisk !== plain.entries) throw splitArchive();
  const locator = end - LOCATOR_64_BYTES;
  const directory =
    locator >= 0 && view.getUint32(locator, true) === LOCATOR_64
      ? readDirectory64(file, tail, locator, tailStart)
      : plain;
  if (directory.start + directory.bytes > tailStart + end) {
    throw malformed(`${WHAT} says that its directory lies at ${directory.start}, past its end`);
  }
  return directory;
}

function readDirectory64(
  file: ByteFile,
  tail: Uint8Array,
  locator: number,
  tailStart: number,
): Directory {
  const place = new ByteReader(tail, WHAT, locator + 4);
  if (place.uint32() !== 0) throw splitArchive();
  const start = Math.min(place.uint64(), tailStart + locator);
  const length = Math.min(END_64_BYTES, tailStart + locator - start);
  const reader = new ByteReader(readRange(file, start, length, WHAT), WHAT);
  if (reader.uint32() !== END_64) throw malformed(`${WHAT} has no zip64 record where it says`);
  reader.bytes(8 + 2 + 2);
  if (reader.uint32() !== 0 || reader.uint32() !== 0) throw splitArchive();
  reader.uint64();
  return { entries: reader.uint64(), bytes: reader.uint64(), start: reader.uint64() };
}

function splitArchive() {
  return unsupported(`${WHAT} is split over several files`, 'Join it into one file first.');
}

function readEntry(reader: ByteReader, file: ByteFile, directoryStart: number): ZipEntry {
  if (reader.uint32() !== CENTRAL) throw malformed(`${WHAT} has a damaged directory`);
  reader.bytes(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.bytes(4);
  const crc = reader.uint32();
  const packed = reader.uint32();
  const unpacked = reader.uint32();
  const nameBytes = reader.uint16();
  const extraBytes = reader.uint16();
  const commentBytes = reader.uint16();
  reader.bytes(8);
  const header = reader.uint32();
  if (nameBytes === 0 || nameBytes > LONGEST_NAME) {
    throw malformed(`${WHAT} holds a name of ${nameBytes} bytes`);
  }
  const name = reader.text(nameBytes);
  const sizes = readSizes64(reader.bytes(extraBytes), { unpacked, packed, header }, name);
  reader.bytes(commentBytes);
  if ((flags & 1) !== 0) {
    throw unsupported(`${WHAT} has the encrypted entry "${name}"`, 'Save it without a password.');
  }
  if (method !== 0 && method !== 8) {
    throw unsupported(
      `${WHAT} packs "${name}" by method ${method}`,
      'Pack it with deflate or not at all, as torch.save does.',
    );
  }
  const compressed = method === 8;
  if (!compressed && sizes.packed !== sizes.unpacked) {
    throw malformed(`${WHAT} gives "${name}" two sizes, ${sizes.packed} and ${sizes.unpacked}`);
  }
  const offset = findData(file, sizes.header, name, method);
  if (offset + sizes.packed > directoryStart) {
    throw malformed(`${WHAT} says that "${name}" reaches past its end`);
  }
  return { name, compressed, crc, packedBytes: sizes.packed, bytes: sizes.unpacked, offset };
}

interface EntrySizes {
  readonly unpacked: number;
  readonly packed: number;
  readonly header: number;
}

/** Sizes that do not fit 32 bits stand in the zip64 extra field, only those, in this order. */
function readSizes64(extra: Uint8Array, sizes: EntrySizes, name: string): EntrySizes {
  const reader = new ByteReader(extra, `${WHAT}'s entry "${name}"`);
  while (reader.remaining >= 4) {
    const id = reader.uint16();
    const field = new ByteReader(reader.bytes(reader.uint16()), `${WHAT}'s entry "${name}"`);
    if (id !== 1) continue;
    const wide = (size: number) => (size === IN_ZIP64 ? field.uint64() : size);
    return {
      unpacked: wide(sizes.unpacked),
      packed: wide(sizes.packed),
      header: wide(sizes.header),
    };
  }
  return sizes;
}

/** The local header has its own name and extra field before the data. */
function findData(file: ByteFile, header: number, name: string, method: number): number {
  if (header > file.size) throw malformed(`${WHAT} says that "${name}" lies past its end`);
  const fixed = new ByteReader(readRange(file, header, LOCAL_BYTES, WHAT), WHAT);
  if (fixed.uint32() !== LOCAL) throw malformed(`${WHAT} has no header before "${name}"`);
  fixed.bytes(4);
  const localMethod = fixed.uint16();
  fixed.bytes(16);
  const nameBytes = fixed.uint16();
  const extraBytes = fixed.uint16();
  const named = nameBytes > LONGEST_NAME ? undefined : localName(file, header, nameBytes);
  if (localMethod !== method || named !== name) {
    throw malformed(`${WHAT} describes "${name}" in two ways`);
  }
  const offset = header + LOCAL_BYTES + nameBytes + extraBytes;
  if (offset > file.size) throw malformed(`${WHAT} says that "${name}" lies past its end`);
  return offset;
}

function localName(file: ByteFile, header: number, length: number): string {
  return new ByteReader(readRange(file, header + LOCAL_BYTES, length, WHAT), WHAT).text(length);
}
