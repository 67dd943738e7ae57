import { describe, expect, it } from 'vitest';
import { argsort } from './argsort.js';
import { testNormal } from './test-scores.fixture.js';

describe('argsort', () => {
  it('orders negative, tiny, huge and infinite numbers; ties keep their order', () => {
    const values = Float64Array.of(3, -1, Infinity, 0, -0, -Infinity, 1e-308, -1e300, 3, 0);
    expect(Array.from(argsort(values))).toEqual([5, 7, 1, 3, 4, 9, 6, 0, 8, 2]);
  });

  it('agrees with the built-in sort', () => {
    const normal = testNormal(3);
    const values = Float64Array.from({ length: 5000 }, () => Math.round(normal() * 500) / 500);
    const expected = Array.from(values.keys()).sort(
      (a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b,
    );
    expect(Array.from(argsort(values))).toEqual(expected);
  });

  it('takes nothing and one value', () => {
    expect(argsort(new Float64Array())).toHaveLength(0);
    expect(Array.from(argsort(Float64Array.of(7)))).toEqual([0]);
  });
});
