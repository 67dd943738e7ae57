import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { WireWriter } from './wire.js';

const FIELD = 5;

/** What another implementation of protobuf reads: the field's number and its wire type. */
function open(writer: WireWriter): { reader: BinaryReader; field: number; type: number } {
  const reader = new BinaryReader(writer.finish());
  const [field, type] = reader.tag();
  return { reader, field, type };
}

describe('WireWriter', () => {
  it.each([0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1])(
    'writes the integer %d',
    (value) => {
      const { reader, field, type } = open(new WireWriter().integer(FIELD, value));
      expect([field, type]).toEqual([FIELD, 0]);
      expect(Number(reader.uint64())).toBe(value);
      expect(reader.pos).toBe(reader.len);
    },
  );

  it.each([-1, -128, -(2 ** 31), -(2 ** 53) + 1])('writes the integer %d in ten bytes', (value) => {
    const writer = new WireWriter().integer(FIELD, value);
    expect(writer.finish()).toHaveLength(11);
    expect(Number(open(writer).reader.int64())).toBe(value);
  });

  it('writes all 64 bits of a bigint', () => {
    const largest = 2n ** 63n - 1n;
    expect(open(new WireWriter().integer(FIELD, largest)).reader.int64()).toBe(largest);
    expect(open(new WireWriter().integer(FIELD, -largest)).reader.int64()).toBe(-largest);
  });

  it('writes field numbers that take more than one byte', () => {
    expect(open(new WireWriter().integer(2_000, 1)).field).toBe(2_000);
  });

  it.each([0, -0, 1.5, Math.fround(1e-5), Number.POSITIVE_INFINITY, Number.NaN])(
    'writes the float %d as it is',
    (value) => {
      const { reader, field, type } = open(new WireWriter().float(FIELD, value));
      expect([field, type]).toEqual([FIELD, 5]);
      expect(reader.float()).toBe(value);
    },
  );

  it.each(['', 'frames', 'größe', '声 🎙'])('writes the text "%s"', (text) => {
    const { reader, field, type } = open(new WireWriter().string(FIELD, text));
    expect([field, type]).toEqual([FIELD, 2]);
    expect(reader.string()).toBe(text);
  });

  it('grows with what it is given, wherever the end of its memory falls', () => {
    for (const length of [1_000, 1_020, 1_024, 5_000, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i);
      const writer = new WireWriter().integer(1, 7).raw(2, bytes).float(3, 0.5).raw(4, bytes);
      const reader = new BinaryReader(writer.finish());
      expect([reader.tag()[0], reader.uint32()]).toEqual([1, 7]);
      expect([reader.tag()[0], reader.bytes()]).toEqual([2, bytes]);
      expect([reader.tag()[0], reader.float()]).toEqual([3, 0.5]);
      expect([reader.tag()[0], reader.bytes()]).toEqual([4, bytes]);
      expect(reader.pos).toBe(reader.len);
    }
  });

  it('nests messages, and heads content that follows elsewhere', () => {
    const nested = new WireWriter().message(1, (outer) =>
      outer.integer(2, 9).message(3, (inner) => inner.string(4, 'deep')),
    );
    const { reader } = open(nested);
    const outer = new BinaryReader(reader.bytes());
    expect([outer.tag()[0], outer.uint32()]).toEqual([2, 9]);
    expect(outer.tag()[0]).toBe(3);
    const inner = new BinaryReader(outer.bytes());
    expect([inner.tag()[0], inner.string()]).toEqual([4, 'deep']);

    const head = new WireWriter().header(FIELD, 3).finish();
    const whole = new BinaryReader(Uint8Array.from([...head, 1, 2, 3]));
    expect(whole.tag()).toEqual([FIELD, 2]);
    expect(whole.bytes()).toEqual(Uint8Array.of(1, 2, 3));
  });
});
