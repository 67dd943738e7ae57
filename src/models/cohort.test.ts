import { describe, expect, it } from 'vitest';
import { decodeCohort, encodeCohort } from './cohort.js';

describe('a cohort file', () => {
  const units = [Float32Array.of(0.6, -0.8, 0), Float32Array.of(0.1, 0.2, Math.sqrt(0.95))];

  it('keeps embeddings to half precision, whatever memory its bytes lie in', () => {
    const bytes = encodeCohort(units);
    expect(bytes.length).toBe(2 * 3 * 2);
    const elsewhere = new Uint8Array(bytes.length + 1);
    elsewhere.set(bytes, 1);
    for (const [i, embedding] of decodeCohort(elsewhere.subarray(1), 3).entries()) {
      for (const [j, value] of embedding.entries()) {
        expect(Math.abs(value - (units[i]?.[j] ?? 0))).toBeLessThan(2 ** -11);
      }
    }
  });

  it.each([
    ['a file cut short', encodeCohort(units).subarray(1), /11 bytes/],
    ['one speaker', encodeCohort(units.slice(1)), /6 bytes/],
    ['nothing', new Uint8Array(), /0 bytes/],
    [
      'infinite values',
      Uint8Array.from(encodeCohort(units).fill(0x7c, 6, 8)),
      /not finite \(speaker 2/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeCohort(bytes, 3)).toThrow(
      expect.objectContaining({ code: 'model/malformed', message: expect.stringMatching(message) }),
    );
  });
});
