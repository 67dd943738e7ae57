/**
 * Appends protobuf fields to a growing byte buffer. Only what ONNX needs: varints, length-delimited
 * fields and fixed 32-bit floats.
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
export class WireWriter {
  private bytes = new Uint8Array(1024);
  private length = 0;

  /** An int32, int64 or enum field. Negative numbers take ten bytes, as protobuf wants them. */
  integer(field: number, value: number | bigint): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.reserve(4);
    new DataView(this.bytes.buffer).setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  string(field: number, value: string): this {
    return this.raw(field, new TextEncoder().encode(value));
  }

  /** A bytes field or an encoded submessage. */
  raw(field: number, value: Uint8Array): this {
    this.header(field, value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** What comes before a bytes field or submessage of a length, for content that follows elsewhere. */
  header(field: number, length: number): this {
    this.varint((field << 3) | 2);
    this.varint(length);
    return this;
  }

  message(field: number, write: (writer: WireWriter) => void): this {
    const inner = new WireWriter();
    write(inner);
    return this.raw(field, inner.finish());
  }

  /** The bytes so far, as a view: write nothing more to this writer. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private varint(value: number | bigint): void {
    this.reserve(10);
    if (typeof value === 'number' && value >= 0 && value < 0x80000000) {
      let rest = value;
      while (rest > 127) {
        this.bytes[this.length++] = (rest & 127) | 128;
        rest >>>= 7;
      }
      this.bytes[this.length++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.bytes[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
