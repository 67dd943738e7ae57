import { describe, expect, it } from 'vitest';
import { cosine } from '../scoring/cosine.js';
import { EmbeddingMatrix } from './search.js';

/** Numbers from -1 to 1 that are always the same. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
}

describe('EmbeddingMatrix', () => {
  it('ranks as a mean of cosines one by one does', () => {
    const held = Array.from({ length: 60 }, (_, i) => ({
      speaker: `speaker ${i % 23}`,
      embedding: numbers(192, i + 1),
    }));
    const query = numbers(192, 99);
    const expected = Array.from({ length: 23 }, (_, i) => {
      const own = held.filter(({ speaker }) => speaker === `speaker ${i}`);
      const cosines = own.map(({ embedding }) => cosine(query, embedding));
      return {
        speaker: `speaker ${i}`,
        cosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
      };
    }).sort((a, b) => b.cosine - a.cosine);
    const found = new EmbeddingMatrix(held).search(query, 5);
    expect(found.map(({ speaker }) => speaker)).toEqual(
      expected.slice(0, 5).map(({ speaker }) => speaker),
    );
    for (const [i, { cosine: score }] of found.entries()) {
      expect(score).toBeCloseTo(expected[i]?.cosine ?? Number.NaN, 6);
    }
  });

  it('finds nobody where nobody is held, and no more than there are', () => {
    expect(new EmbeddingMatrix([]).search(Float32Array.of(1, 0), 5)).toEqual([]);
    const one = new EmbeddingMatrix([{ speaker: 'ada', embedding: Float32Array.of(2, 0) }]);
    expect(one.search(Float32Array.of(3, 0), 5)).toEqual([{ speaker: 'ada', cosine: 1 }]);
    expect(one.search(Float32Array.of(3, 0), 0)).toEqual([]);
  });

  it.each([
    ['sizes that differ', [Float32Array.of(1, 0), Float32Array.of(1)]],
    ['an embedding of nothing', [Float32Array.of(0, 0)]],
  ])('refuses %s', (_what, embeddings) => {
    const held = embeddings.map((embedding) => ({ speaker: 'ada', embedding }));
    expect(() => new EmbeddingMatrix(held)).toThrowError(
      expect.objectContaining({ code: 'scoring/invalid' }),
    );
  });

  it('refuses a query of another size', () => {
    const one = new EmbeddingMatrix([{ speaker: 'ada', embedding: Float32Array.of(2, 0) }]);
    expect(() => one.search(Float32Array.of(1), 1)).toThrowError(
      expect.objectContaining({ code: 'scoring/invalid' }),
    );
  });
});
