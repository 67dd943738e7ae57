import { describe, expect, it } from 'vitest';
import { fnv1a64, recipeValues } from './recipe.js';

const MASK = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;

/** The recipe as the reference writes it, on whole 64-bit numbers. */
function plainly(key: string, seed: number, count: number, lo: number, hi: number): number[] {
  const start = fnv1a64(key) ^ ((BigInt(seed) * GOLDEN) & MASK);
  return Array.from({ length: count }, (_, i) => {
    let z = (start + BigInt(i + 1) * GOLDEN) & MASK;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    z ^= z >> 31n;
    return Math.fround(lo + (hi - lo) * (Number(z >> 40n) / 2 ** 24));
  });
}

describe('the recipe of weights', () => {
  it("gives the reference's test vector", () => {
    expect(fnv1a64('a.weight')).toBe(0xde73ae9d17c13f4en);
    expect([...recipeValues('a.weight', 1, 4, -0.25, 0.25)]).toEqual([
      0.12431803345680237, 0.12191280722618103, 0.2372928261756897, -0.14543047547340393,
    ]);
  });

  it.each([
    ['blocks.0.conv.conv.weight', 333],
    ['grep_a', 0],
    ['größe', 2 ** 31],
  ])('is splitmix64 on whole numbers, bit for bit: %s, seed %i', (key, seed) => {
    const values = recipeValues(key, seed, 20_000, -0.3, 1.7);
    expect([...values]).toEqual(plainly(key, seed, 20_000, -0.3, 1.7));
  });
});
