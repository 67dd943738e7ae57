import { describe, expect, it } from 'vitest';
import { cosine, unitLength } from './cosine.js';

const of = (...values: number[]) => Float32Array.of(...values);

describe('cosine', () => {
  it('knows right angles, the same direction whatever the length, and the opposite', () => {
    expect(cosine(of(1, 0), of(0, 5))).toBe(0);
    expect(cosine(of(3, 4), of(6, 8))).toBe(1);
    expect(cosine(of(1, 2), of(-2, -4))).toBeCloseTo(-1, 15);
    expect(cosine(of(1, 0), of(3, 4))).toBeCloseTo(0.6, 15);
  });

  it('stays within -1 and 1 despite rounding', () => {
    for (let i = 1; i < 500; i++) {
      const values = Float32Array.from({ length: 7 }, (_, k) => Math.sin(i * (k + 1)));
      expect(cosine(values, values)).toBeLessThanOrEqual(1);
    }
  });

  it('takes values whose squares leave the range of float32', () => {
    expect(cosine(of(1e30, 0), of(1e30, 1e30))).toBeCloseTo(Math.SQRT1_2, 7);
    expect(cosine(of(1e-30, 0), of(1e-30, 1e-30))).toBeCloseTo(Math.SQRT1_2, 7);
  });

  it.each([
    ['different sizes', of(1, 2), of(1, 2, 3), /2 values with one of 3/],
    ['nothing', of(), of(), /empty or all zero/],
    ['zero vectors', of(0, 0), of(1, 2), /empty or all zero/],
    ['NaN', of(Number.NaN, 1), of(1, 2), /not finite/],
    ['infinity', of(1, 2), of(Number.POSITIVE_INFINITY, 1), /not finite/],
  ])('refuses %s', (_, a, b, message) => {
    const refusal = expect.objectContaining({
      code: 'scoring/invalid',
      message: expect.stringMatching(message),
    });
    expect(() => cosine(a, b)).toThrow(refusal);
    expect(() => cosine(b, a)).toThrow(expect.objectContaining({ code: 'scoring/invalid' }));
  });
});

describe('unitLength', () => {
  it('keeps the direction', () => {
    expect(Array.from(unitLength(of(3, 4)))).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(() => unitLength(of(0))).toThrow(/all zero/);
  });
});
