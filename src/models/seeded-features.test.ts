import { expect, it } from 'vitest';
import { SEEDED_FEATURES_SCALE, seededFeatures } from './seeded-features.js';

it('follows the published test vector of the weight recipe', () => {
  const unit = [0.7486360669136047, 0.7438256144523621, 0.9745856523513794, 0.20913904905319214];
  expect([...seededFeatures(1, 2, 2, 'a.weight')]).toEqual(
    unit.map((u) => Math.fround(SEEDED_FEATURES_SCALE * (2 * u - 1))),
  );
});

it('depends on the seed and only on the seed', () => {
  expect(seededFeatures(7, 3, 4)).toEqual(seededFeatures(7, 3, 4));
  expect(seededFeatures(8, 3, 4)).not.toEqual(seededFeatures(7, 3, 4));
  expect(seededFeatures(7, 3, 4)).toHaveLength(12);
});

it('stays within its range', () => {
  for (const value of seededFeatures(3, 50, 80)) {
    expect(Math.abs(value)).toBeLessThanOrEqual(SEEDED_FEATURES_SCALE);
  }
});
