import { describe, expect, it } from 'vitest';
import { rankTrials } from './ranked-trials.js';
import { gaussianLlrs } from './test-scores.fixture.js';
import { supportedFalseAcceptRate, thresholdAtFalseAcceptRate } from './thresholds.js';

describe('thresholdAtFalseAcceptRate', () => {
  // Nontargets 0..99, targets 50.5, 90.5, 95.5, 200.
  const nontargets = Array.from({ length: 100 }, (_, i) => i);
  const targets = [50.5, 90.5, 95.5, 200];
  const trials = rankTrials(
    [...targets, ...nontargets],
    [...targets.map(() => 1), ...nontargets.map(() => 0)],
  );

  it('accepts exactly as many nontargets as the rate allows, and counts them', () => {
    // 10 of 100 may pass: 90 to 99; the threshold lies between 89 and 90.
    expect(thresholdAtFalseAcceptRate(trials, 0.1)).toEqual({
      falseAcceptRate: 0.1,
      score: 89.5,
      falseRejectRate: 0.25,
      falseAccepts: 10,
      targets: 4,
      nontargets: 100,
    });
  });

  it('rounds down where the rate falls between two counts', () => {
    const { falseAccepts, falseRejectRate } = thresholdAtFalseAcceptRate(trials, 0.059);
    expect(falseAccepts).toBe(5);
    // Between 94 and 95: 50.5 and 90.5 are rejected.
    expect(falseRejectRate).toBe(0.5);
  });

  it('claims nothing below three over the number of nontargets', () => {
    expect(supportedFalseAcceptRate(1000)).toBe(0.003);
    expect(thresholdAtFalseAcceptRate(trials, 0.03).falseAccepts).toBe(3);
    expect(() => thresholdAtFalseAcceptRate(trials, 0.0299)).toThrow(
      /cannot be claimed from 100 nontarget trials, which support 0.030 .* 101 nontarget/,
    );
    const { scores, labels } = gaussianLlrs(100, 1000, 1);
    expect(() => thresholdAtFalseAcceptRate(rankTrials(scores, labels), 1e-4)).toThrow(/30000/);
  });

  it('refuses what ties put out of reach, and rates that are none', () => {
    const tied = rankTrials([1, ...nontargets.map(() => 1)], [1, ...nontargets.map(() => 0)]);
    expect(() => thresholdAtFalseAcceptRate(tied, 0.05)).toThrow(/ties at the highest score 1/);
    for (const rate of [0, 1, -1, Number.NaN]) {
      expect(() => thresholdAtFalseAcceptRate(trials, rate)).toThrow(
        expect.objectContaining({ code: 'scoring/invalid' }),
      );
    }
  });
});
