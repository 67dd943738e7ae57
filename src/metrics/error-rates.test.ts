import { describe, expect, it } from 'vitest';
import { equalErrorRate } from './equal-error-rate.js';
import { forEachOperatingPoint, rankTrials } from './ranked-trials.js';
import { gaussianLlrs, listed } from './test-scores.fixture.js';

const eer = (targets: number[], nontargets: number[]) => {
  const { scores, labels } = listed(targets, nontargets);
  return equalErrorRate(rankTrials(scores, labels));
};

describe('equalErrorRate, derived on paper', () => {
  it('is 0 for perfect separation and 1 for perfectly wrong scores', () => {
    expect(eer([2, 3], [0, 1])).toBe(0);
    expect(eer([0, 1], [2, 3])).toBe(1);
  });

  it('is a half where all scores tie, however many there are of each class', () => {
    expect(eer([1, 1, 1], [1])).toBe(0.5);
  });

  it('is the common rate where an operating point has both equal', () => {
    // At threshold 3: one of four targets missed, one of four nontargets accepted.
    expect(eer([1, 4, 5, 6], [0, 0.5, 2, 3])).toBe(0.25);
  });

  it('is interpolated between two operating points', () => {
    // Threshold 2 (accepting 2, 3, 4): miss 1/2 of {1, 3}; accepted {2, 4} of {0, 2, 4}: 2/3.
    // Threshold 3: miss 1/2, accepted 1/3. Crossing at miss 1/2.
    expect(eer([1, 3], [0, 2, 4])).toBeCloseTo(1 / 2, 15);
    // Ties of both classes: (miss 0, accept 1/2) to (miss 1/3, accept 0) at the tied score 1.
    // miss = t/3, accept = (1 - t)/2, equal at t = 3/5: 1/5.
    expect(eer([1, 2, 2], [0, 1])).toBeCloseTo(1 / 5, 15);
  });

  it('does not change under a rising function of the scores', () => {
    const { scores, labels } = gaussianLlrs(300, 900, 1);
    const curved = scores.map((score) => Math.atan(score) * 7 - 2);
    expect(equalErrorRate(rankTrials(curved, labels))).toBe(
      equalErrorRate(rankTrials(scores, labels)),
    );
  });

  it('agrees with the closed form of Gaussian scores', () => {
    const { scores, labels } = gaussianLlrs(40_000, 200_000, 2);
    // Phi(-sqrt(m / 2)) = Phi(-1)
    expect(equalErrorRate(rankTrials(scores, labels))).toBeCloseTo(0.158655, 2);
  });

  it('takes infinite scores', () => {
    expect(eer([Number.POSITIVE_INFINITY, 1], [Number.NEGATIVE_INFINITY, 0])).toBe(0);
  });
});

describe('rankTrials', () => {
  it.each([
    ['NaN', [1, Number.NaN], [1, 0], /trial 2 is NaN/],
    ['lists of two lengths', [1, 2, 3], [1, 0], /3 scores and 2 labels/],
    ['one class', [1, 2], [1, 1], /2 target and 0 nontarget/],
    ['nothing', [], [], /0 target and 0 nontarget/],
    ['odd labels', [1, 2], [1, 2], /label of trial 2 is 2/],
  ])('refuses %s', (_, scores, labels, message) => {
    expect(() => rankTrials(scores, labels)).toThrow(
      expect.objectContaining({
        code: 'scoring/invalid',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('takes booleans, and visits each distinct score once', () => {
    const seen: number[][] = [];
    const trials = rankTrials([2, 1, 2, 1], [true, false, false, true]);
    forEachOperatingPoint(trials, (...point) => seen.push(point));
    expect(seen).toEqual([
      [1, 0, 1],
      [2, 0.5, 0.5],
      [Number.POSITIVE_INFINITY, 1, 0],
    ]);
  });
});
