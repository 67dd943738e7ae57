import { describe, expect, it } from 'vitest';
import { rankTrials } from '../ranked-trials.js';
import { gaussianLlrs } from '../test-scores.fixture.js';
import { reliabilityBins } from './reliability.js';

const binsOf = (scores: ArrayLike<number>, labels: ArrayLike<number>) =>
  reliabilityBins(rankTrials(scores, labels));

describe('reliabilityBins', () => {
  const { scores, labels } = gaussianLlrs(4000, 40_000, 3);

  it('lies on the diagonal for calibrated ratios, whatever the shares of the classes', () => {
    const bins = binsOf(scores, labels).filter(({ observed }) => observed !== null);
    expect(bins.length).toBeGreaterThan(8);
    for (const { stated, interval } of bins) {
      const [low, high] = interval ?? [Number.NaN, Number.NaN];
      const slack = (high - low) / 2;
      expect(stated).toBeGreaterThan(low - slack);
      expect(stated).toBeLessThan(high + slack);
    }
  });

  it('lies below it for a model that is too sure', () => {
    const bins = binsOf(
      scores.map((llr) => llr + 3),
      labels,
    );
    const middle = bins.filter(({ observed }) => observed !== null && Math.abs(observed) < 3);
    expect(middle.length).toBeGreaterThan(3);
    for (const { stated, observed } of middle) {
      expect(stated - (observed ?? 0)).toBeGreaterThan(1.5);
    }
  });

  it('counts every trial once, and keeps ties in one bin', () => {
    const tied = binsOf([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2], [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(tied.map(({ targets, nontargets }) => [targets, nontargets])).toEqual([
      [5, 5],
      [1, 0],
    ]);
    expect(tied[1]?.observed).toBeNull();
    const all = binsOf(scores, labels);
    expect(all.reduce((sum, bin) => sum + bin.targets, 0)).toBe(4000);
    expect(all.reduce((sum, bin) => sum + bin.nontargets, 0)).toBe(40_000);
  });

  it('takes infinite ratios', () => {
    const bins = binsOf([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], [0, 1]);
    for (const { stated } of bins) expect(Number.isFinite(stated)).toBe(true);
  });
});
