import { describe, expect, it } from 'vitest';
import { LARGEST_HALF, toHalfBits } from './half.js';
import { packHalf, packInt8, packWeight, SMALLEST_PACKED_WEIGHT } from './weights.js';

/** The value of an IEEE 754 half, by its definition. */
function halfValue(bits: number): number {
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Numbers that are neither round nor symmetric, the same in every run. */
function values(count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * i + 1));
}

describe('toHalfBits', () => {
  it('gives every half its own bits', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfValue(bits);
      if (!Number.isNaN(value) && toHalfBits(value) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('rounds to the nearer half, and to the even one from the middle', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (halfValue(bits) + halfValue(bits + 1)) / 2;
      // A float32 step off the middle is enough to decide.
      const step = middle * 2 ** -22;
      const rounded = [middle - step, middle, middle + step].map(toHalfBits);
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (rounded.join() !== [bits, even, bits + 1].join()) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps what is no number, and lets what is too large become infinite', () => {
    expect(halfValue(toHalfBits(Number.NaN))).toBeNaN();
    expect(toHalfBits(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(halfValue(toHalfBits(LARGEST_HALF))).toBe(LARGEST_HALF);
    expect(toHalfBits(65_519)).toBe(0x7bff);
    expect(toHalfBits(65_520)).toBe(0x7c00);
    expect(toHalfBits(-1e10)).toBe(0xfc00);
    expect(toHalfBits(1e-10)).toBe(0);
    expect(toHalfBits(-1e-10)).toBe(0x8000);
  });
});

describe('packInt8', () => {
  it.each([0, 1, 2])(
    'is off by half a step at most, with one scale per slice of axis %d',
    (axis) => {
      const shape = [4, 6, 5];
      const original = values(120, 3);
      const { bytes, scales, scaleShape } = packInt8(original, shape, axis);
      const channels = shape[axis] ?? 0;
      expect(scaleShape).toEqual(shape.map((size, i) => (i === axis ? size : 1)));
      expect(scales).toHaveLength(channels);
      const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
      const packed = new Int8Array(bytes.buffer);
      const largest = new Array<number>(channels).fill(0);
      for (const [i, value] of original.entries()) {
        const channel = Math.floor(i / inner) % channels;
        const scale = scales[channel] ?? Number.NaN;
        expect(Math.abs(value - scale * (packed[i] ?? 0))).toBeLessThanOrEqual(scale * 0.500_001);
        largest[channel] = Math.max(largest[channel] ?? 0, Math.abs(packed[i] ?? 0));
      }
      // Every slice uses its whole range, and none the value -128 that has no counterpart.
      expect(largest).toEqual(largest.map(() => 127));
    },
  );

  it('stores a slice of zeros as zeros', () => {
    const { bytes, scales } = packInt8([0, 0, 1, -1], [2, 2], 0);
    expect([...new Int8Array(bytes.buffer)]).toEqual([0, 0, 127, -127]);
    expect(scales[0]).toBe(0);
  });
});

describe('packWeight', () => {
  const large = SMALLEST_PACKED_WEIGHT;

  it('leaves small weights and vectors float32, at every precision', () => {
    for (const precision of ['fp32', 'fp16', 'int8'] as const) {
      expect(packWeight(values(large - 1), [1, large - 1], 0, precision).dtype).toBe('float32');
      expect(packWeight(values(large), [large], 0, precision).dtype).toBe('float32');
    }
  });

  it('packs large ones, and float32 is the same memory', () => {
    const original = values(large);
    expect(packWeight(original, [2, large / 2], 0, 'fp16')).toMatchObject({ dtype: 'float16' });
    expect(packWeight(original, [2, large / 2], 0, 'int8')).toMatchObject({
      dtype: 'int8',
      scales: { shape: [2, 1] },
    });
    expect(packWeight(original, [2, large / 2], 0, 'fp32').bytes.buffer).toBe(original.buffer);
  });

  it('keeps float32 where a value does not fit a half', () => {
    const original = values(large);
    original[7] = 2 * LARGEST_HALF;
    expect(packHalf(original)).toBeUndefined();
    const { dtype, bytes } = packWeight(original, [2, large / 2], 0, 'fp16');
    expect(dtype).toBe('float32');
    expect(new Float32Array(bytes.buffer)[7]).toBe(2 * LARGEST_HALF);
  });

  it('reads a view of a larger buffer from where the view begins', () => {
    const buffer = values(large + 3);
    const { bytes } = packWeight(buffer.subarray(3), [2, large / 2], 0, 'fp32');
    expect(new Float32Array(bytes.buffer, bytes.byteOffset, 1)[0]).toBe(buffer[3]);
  });
});
