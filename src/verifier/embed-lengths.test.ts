import { describe, expect, it } from 'vitest';
import { embedLengths } from './embed-lengths.js';

describe('embedLengths', () => {
  it('cuts from the start, and embeds a stretch once where the audio is shorter', async () => {
    const runs: number[] = [];
    const samples = Float32Array.from({ length: 32_000 }, (_, i) => i);
    const embeddings = await embedLengths(samples, [1, 3, null], async (piece) => {
      runs.push(piece.length);
      return Float32Array.of(piece[0] ?? -1, piece.length);
    });
    expect(runs).toEqual([16_000, 32_000]);
    expect(embeddings.map(({ seconds }) => seconds)).toEqual([1, 2, 2]);
    expect(Array.from(embeddings[2]?.values ?? [])).toEqual([0, 32_000]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a length of %d',
    async (length) => {
      await expect(
        embedLengths(new Float32Array(10), [length], async () => new Float32Array(1)),
      ).rejects.toThrow(expect.objectContaining({ code: 'verifier/invalid' }));
    },
  );
});
