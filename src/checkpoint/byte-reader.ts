import { malformed } from './failures.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

/** Reads little-endian numbers one after the other; reading past the end is `checkpoint/malformed`. */
export class ByteReader {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;

  /** @param what - Names the bytes in messages, such as `the pickle`. */
  constructor(bytes: Uint8Array, what: string, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.position = position;
  }

  get remaining(): number {
    return this.#bytes.length - this.position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** An unsigned 64-bit number; one that is too large to be exact is malformed here. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw malformed(`${this.#what} holds the size ${value}, larger than any file`);
    }
    return Number(value);
  }

  /** The one number that pickle stores with its high byte first. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** Finds out that there are so many bytes left, without reading them. */
  expect(length: number): void {
    this.#take(length);
    this.position -= length;
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw malformed(`${this.#what} holds text that is not UTF-8`, cause);
    }
  }

  /** Text of one byte for each character; the few of windows-1252 that differ do not matter. */
  latin1(length: number): string {
    return latin1.decode(this.bytes(length));
  }

  /** Text up to the next line feed, which is skipped. */
  line(most: number): string {
    const end = this.#bytes.subarray(this.position, this.position + most).indexOf(0x0a);
    if (end < 0) throw malformed(`${this.#what} holds a line that does not end`);
    const line = this.text(end);
    this.position += 1;
    return line;
  }

  #take(length: number): number {
    const start = this.position;
    if (length > this.remaining) {
      throw malformed(
        `${this.#what} ends after ${this.#bytes.length} bytes, ${length} more were expected at ${start}`,
      );
    }
    this.position = start + length;
    return start;
  }
}
