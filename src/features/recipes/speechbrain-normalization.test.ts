import { describe, expect, it } from 'vitest';
import { keptFrames, normalizeSentence } from './speechbrain-normalization.js';

describe('keptFrames', () => {
  it('keeps one frame more where float32 rounds the product up, as upstream does', () => {
    expect(keptFrames(15 / 100, 100, 'length-to-mask')).toBe(16);
    expect(keptFrames(14 / 100, 100, 'length-to-mask')).toBe(14);
    expect(keptFrames(25 / 298, 298, 'length-to-mask')).toBe(26);
    expect(keptFrames(21 / 301, 301, 'length-to-mask')).toBe(22);
  });

  it('rounds half to even in the oldest rule', () => {
    expect(keptFrames(0.5, 5, 'round')).toBe(2);
    expect(keptFrames(0.5, 7, 'round')).toBe(4);
  });

  it('keeps all of a whole utterance', () => {
    for (const rule of ['length-to-mask', 'padding-mask', 'round'] as const) {
      expect(keptFrames(1, 301, rule)).toBe(301);
    }
  });
});

describe('normalizeSentence', () => {
  it('shifts the padding by the mean of the kept frames', () => {
    const data = Float32Array.of(1, 10, 3, 30, 100, 1000);
    normalizeSentence(data, 2, 2, false);
    expect([...data]).toEqual([-1, -10, 1, 10, 98, 980]);
  });

  it('divides by the biased standard deviation', () => {
    const data = Float32Array.of(0, 3, 6);
    normalizeSentence(data, 1, 3, true);
    expect(data[2]).toBeCloseTo(Math.sqrt(1.5), 6);
  });

  it('does not divide a constant band by zero', () => {
    const data = Float32Array.of(5, 5, 5);
    normalizeSentence(data, 1, 3, true);
    expect([...data]).toEqual([0, 0, 0]);
  });

  it('refuses to normalise by no frame', () => {
    expect(() => normalizeSentence(Float32Array.of(1), 1, 0, false)).toThrow(/no frame/);
  });
});
