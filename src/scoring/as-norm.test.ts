import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCohort, normalizeScore } from './as-norm.js';

/** A direction in the plane whose cosine with the x axis is `cosine`. */
const at = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine));
const x = Float32Array.of(1, 0);

describe('AS-norm', () => {
  it('takes mean and deviation of the best scores only', () => {
    const cohort = createCohort([at(0.1), at(0.5), at(0.3), at(-0.9)], { top: 2 });
    const { mean, deviation } = cohort.statistics(x);
    expect(mean).toBeCloseTo(0.4, 6);
    expect(deviation).toBeCloseTo(0.1, 6);
  });

  it('takes all of a cohort that is smaller than top', () => {
    const { mean } = createCohort([at(0.2), at(0.4)], { top: 300 }).statistics(x);
    expect(mean).toBeCloseTo(0.3, 6);
  });

  it('is the mean of both sides in their own deviations', () => {
    const enroll = { mean: 0.2, deviation: 0.1 };
    const test = { mean: 0.3, deviation: 0.2 };
    // (0.5 - 0.2) / 0.1 = 3 and (0.5 - 0.3) / 0.2 = 1
    expect(normalizeScore(0.5, enroll, test)).toBeCloseTo(2, 12);
    expect(normalizeScore(0.5, test, enroll)).toBeCloseTo(2, 12);
  });

  it('prints in a line, and gives its embeddings at length 1 to those who ask', () => {
    const cohort = createCohort(Array.from({ length: 500 }, (_, i) => Float32Array.of(3, i)));
    expect(inspect(cohort).length).toBeLessThan(60);
    expect(cohort.embeddings).toHaveLength(500);
    expect(cohort.embeddings[0]).toEqual(Float32Array.of(1, 0));
  });

  it('takes the statistics of a voiceprint from the mean cosine with its utterances', () => {
    const cohort = createCohort([at(0.1), at(0.5)]);
    // Beside x, y: at(c) scores sqrt(1 - c^2) with it, so the means are (c + sqrt(1 - c^2)) / 2.
    const y = Float32Array.of(0, 3);
    const [low, high] = [0.1, 0.5].map((c) => (c + Math.sqrt(1 - c * c)) / 2);
    const { mean, deviation } = cohort.statistics([x, y]);
    expect(mean).toBeCloseTo(((low ?? 0) + (high ?? 0)) / 2, 6);
    expect(deviation).toBeCloseTo(((high ?? 0) - (low ?? 0)) / 2, 6);
    expect(cohort.statistics([x])).toEqual(cohort.statistics(x));
    expect(() => cohort.statistics([])).toThrow(/no embedding/);
  });

  it('does not depend on the length of an embedding', () => {
    const cohort = createCohort([at(0.1), at(0.5)]);
    expect(cohort.statistics(Float32Array.of(7, 0))).toEqual(cohort.statistics(x));
  });

  it.each([
    ['one speaker', [at(0.1)], 200, /1 embeddings/],
    ['mixed sizes', [at(0.1), Float32Array.of(1, 2, 3)], 200, /2 and 3 values/],
    ['a zero vector', [at(0.1), Float32Array.of(0, 0)], 200, /all zero/],
    ['a top of 1', [at(0.1), at(0.2)], 1, /top is 1/],
  ])('refuses %s', (_, embeddings, top, message) => {
    expect(() => createCohort(embeddings, { top })).toThrow(message);
  });

  it('refuses an embedding of another size, and a cohort of one voice', () => {
    expect(() => createCohort([at(0.1), at(0.2)]).statistics(Float32Array.of(1))).toThrow(
      /1 values/,
    );
    expect(() => createCohort([at(0.1), at(0.1)]).statistics(x)).toThrow(/distinct speakers/);
  });
});
