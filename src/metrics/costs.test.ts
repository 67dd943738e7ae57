import { describe, expect, it } from 'vitest';
import {
  actualDetectionCost,
  bayesThreshold,
  minimumDetectionCost,
  REPORTED_PRIORS,
} from './detection-cost.js';
import { llrCost, minimumLlrCost, softplus } from './llr-cost.js';
import { rankTrials } from './ranked-trials.js';
import { gaussianLlrs, listed } from './test-scores.fixture.js';

const ranked = (targets: number[], nontargets: number[]) => {
  const { scores, labels } = listed(targets, nontargets);
  return rankTrials(scores, labels);
};

describe('detection costs, derived on paper', () => {
  it('are 0 for perfect separation, at most 1 at the best threshold', () => {
    expect(minimumDetectionCost(ranked([2, 3], [0, 1]), { targetPrior: 0.01 })).toBe(0);
    expect(minimumDetectionCost(ranked([0], [1]), { targetPrior: 0.01 })).toBe(1);
  });

  it('weigh errors by prior and cost', () => {
    // Thresholds 2: miss 1/2, accept 1/4; 3: miss 1/2, accept 0; 1: miss 0, accept 1/2.
    const trials = ranked([1, 3], [0, 0, 1, 2]);
    // p = 0.5: 0.5 miss + 0.5 accept over 0.5: min(1/2 + 1/4, 1/2, 1/2) = 1/2
    expect(minimumDetectionCost(trials, { targetPrior: 0.5 })).toBeCloseTo(0.5, 15);
    // Misses ten times as dear: 10 miss + accept over 1: min(5.25, 5, 0.5) = 0.5
    expect(minimumDetectionCost(trials, { targetPrior: 0.5, missCost: 10 })).toBeCloseTo(0.5, 15);
    // p = 0.05: miss + 19 accept: min(..., 1/2 at threshold 3) = 1/2
    expect(minimumDetectionCost(trials, { targetPrior: 0.05 })).toBeCloseTo(0.5, 15);
  });

  it('have the Bayes threshold ln((1 - p) / p), moved by the costs', () => {
    expect(bayesThreshold({ targetPrior: 0.5 })).toBe(0);
    expect(bayesThreshold({ targetPrior: 0.01 })).toBeCloseTo(Math.log(99), 12);
    expect(bayesThreshold({ targetPrior: 0.5, falseAcceptCost: 10 })).toBeCloseTo(Math.log(10), 12);
  });

  it('are taken at the Bayes threshold, which accepts a score that equals it', () => {
    const model = { targetPrior: 0.5 };
    // Accepting llr >= 0: one of two targets missed, one of four nontargets accepted.
    expect(actualDetectionCost(ranked([-1, 0], [-3, -2, -1, 1]), model)).toBeCloseTo(0.75, 15);
    // Nothing reaches the threshold: every target missed.
    expect(actualDetectionCost(ranked([-1, -2], [-3, -4]), model)).toBe(1);
    // Everything reaches it, at p = 0.01: 99 times the trivial cost.
    expect(actualDetectionCost(ranked([9], [9]), { targetPrior: 0.01 })).toBeCloseTo(99, 10);
  });

  it('are those of the reported priors on one set of log-likelihood ratios', () => {
    const llrs = ranked([5, 4, 2.5], [-6, -5, 3, 4.7]);
    // p = 0.01: from ln 99 = 4.595 on, 5 and 4.7 pass: 2/3 missed, 1/4 accepted at 99 times the cost.
    expect(actualDetectionCost(llrs, { targetPrior: 0.01 })).toBeCloseTo(2 / 3 + 99 / 4, 12);
    // p = 0.05: from ln 19 = 2.944 on, 5, 4, 4.7 and 3 pass: 1/3 missed, 1/2 accepted at 19 times.
    expect(actualDetectionCost(llrs, { targetPrior: 0.05 })).toBeCloseTo(1 / 3 + 19 / 2, 12);
    // Both are least above 4.7, where two of three targets are missed and nobody is accepted.
    for (const targetPrior of REPORTED_PRIORS) {
      expect(minimumDetectionCost(llrs, { targetPrior })).toBeCloseTo(2 / 3, 12);
    }
  });

  it('refuse priors and costs that are none', () => {
    const trials = ranked([1], [0]);
    for (const targetPrior of [0, 1, -1, Number.NaN]) {
      expect(() => minimumDetectionCost(trials, { targetPrior })).toThrow(/target prior is/);
    }
    expect(() => actualDetectionCost(trials, { targetPrior: 0.5, missCost: 0 })).toThrow(
      /cost is 0/,
    );
  });
});

describe('Cllr, derived on paper', () => {
  it('is 1 bit for a system that always says it does not know', () => {
    expect(llrCost(ranked([0, 0], [0, 0, 0]))).toBeCloseTo(1, 15);
  });

  it('is the mean cost of both classes', () => {
    // log2(1 + e^-ln3) = log2(4/3); log2(1 + e^-ln7) = log2(8/7)
    const cost = llrCost(ranked([Math.log(3)], [-Math.log(7)]));
    expect(cost).toBeCloseTo(0.5 * (Math.log2(4 / 3) + Math.log2(8 / 7)), 14);
  });

  it('passes 1 where scores mislead, and does not overflow', () => {
    expect(llrCost(ranked([-1000], [1000]))).toBeCloseTo(1000 / Math.LN2, 8);
    expect(softplus(-1000)).toBe(0);
    expect(softplus(1000)).toBe(1000);
  });

  it('is near its least for calibrated scores, whose least does not move under scaling', () => {
    const { scores, labels } = gaussianLlrs(20_000, 60_000, 2);
    const trials = rankTrials(scores, labels);
    const least = minimumLlrCost(trials);
    expect(llrCost(trials)).toBeGreaterThanOrEqual(least);
    expect(llrCost(trials) - least).toBeLessThan(0.005);
    const tripled = rankTrials(
      scores.map((score) => 3 * score + 4),
      labels,
    );
    expect(minimumLlrCost(tripled)).toBeCloseTo(least, 12);
    expect(llrCost(tripled)).toBeGreaterThan(1);
  });
});

describe('least Cllr, derived on paper', () => {
  it('is 0 for perfect separation and 1 for reversed or equal scores', () => {
    expect(minimumLlrCost(ranked([2, 3], [0, 1]))).toBe(0);
    expect(minimumLlrCost(ranked([0, 1], [2, 3]))).toBeCloseTo(1, 15);
    expect(minimumLlrCost(ranked([1, 1], [1]))).toBeCloseTo(1, 15);
  });

  it('pools neighbours that violate the order', () => {
    // Sorted n t n t: the middle pair pools to odds 1 (t/T = n/N = 1/2), the ends cost nothing:
    // (1/2 log2 2 + 1/2 log2 2) / 2 = 1/2.
    expect(minimumLlrCost(ranked([1, 3], [0, 2]))).toBeCloseTo(0.5, 15);
  });

  it('pools back over several neighbours', () => {
    // Sorted n t n n t t: the second to fourth pool to one target of three and two nontargets of
    // three, odds 1/2; the others cost nothing: (1/3 log2(1 + 2) + 2/3 log2(1 + 1/2)) / 2.
    const least = (Math.log2(3) / 3 + (2 * Math.log2(1.5)) / 3) / 2;
    expect(minimumLlrCost(ranked([1, 4, 5], [0, 2, 3]))).toBeCloseTo(least, 14);
  });

  it('does not depend on how many trials of each class there are', () => {
    const few = minimumLlrCost(ranked([1, 3], [0, 2]));
    expect(minimumLlrCost(ranked([1, 3, 1, 3, 1, 3], [0, 2]))).toBeCloseTo(few, 15);
  });
});
