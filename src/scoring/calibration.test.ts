import { describe, expect, it } from 'vitest';
import { fitCalibration } from '../metrics/fit-calibration.js';
import { llrCost } from '../metrics/llr-cost.js';
import { rankTrials } from '../metrics/ranked-trials.js';
import { gaussianLlrs } from '../metrics/test-scores.fixture.js';
import { applyCalibration } from './calibration.js';

describe('fitCalibration', () => {
  it('undoes a known scale and offset', () => {
    const { scores, labels } = gaussianLlrs(20_000, 100_000, 3);
    const cosines = scores.map((llr) => (llr + 4) / 20);
    const [entry] = fitCalibration({ scores: cosines, labels });
    expect(entry?.maximumSeconds).toBeNull();
    expect(entry?.scale).toBeCloseTo(20, 0);
    expect((entry?.offset ?? 0) / 4).toBeCloseTo(-1, 1);
  });

  it('is at a minimum: moving either number costs more at the prior 0.5', () => {
    const { scores, labels } = gaussianLlrs(300, 500, 1, 7);
    const [entry] = fitCalibration({ scores, labels }, { prior: 0.5 });
    const { scale, offset } = entry ?? { scale: 0, offset: 0 };
    const costAt = (a: number, b: number) =>
      llrCost(
        rankTrials(
          scores.map((score) => a * score + b),
          labels,
        ),
      );
    const least = costAt(scale, offset);
    for (const [da, db] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.01],
      [0, -0.01],
    ] as const) {
      expect(costAt(scale + da, offset + db)).toBeGreaterThan(least);
    }
  });

  it('fits the two-by-two table exactly: log odds of the rates', () => {
    // Score 1: 3 of 4 targets, 1 of 5 nontargets; score 0: the rest.
    const scores = [1, 1, 1, 0, 1, 0, 0, 0, 0];
    const labels = [1, 1, 1, 1, 0, 0, 0, 0, 0];
    const [entry] = fitCalibration({ scores, labels }, { minimumTrials: 1 });
    expect(entry?.offset).toBeCloseTo(Math.log(0.25 / 0.8), 4);
    expect((entry?.scale ?? 0) + (entry?.offset ?? 0)).toBeCloseTo(Math.log(0.75 / 0.2), 4);
  });

  it('fits each range of durations apart, and joins those with too few trials', () => {
    const short = gaussianLlrs(500, 1500, 1, 2);
    const long = gaussianLlrs(500, 1500, 6, 3);
    const trials = {
      scores: [...short.scores, ...long.scores],
      labels: [...short.labels, ...long.labels],
      seconds: [...Array.from(short.scores, () => 1), ...Array.from(long.scores, () => 9)],
    };
    const entries = fitCalibration(trials, { edges: [2, 5] });
    expect(entries.map(({ maximumSeconds }) => maximumSeconds)).toEqual([2, null]);
    const early = fitCalibration(
      { ...trials, seconds: trials.seconds.map(() => 1) },
      { edges: [2, 5] },
    );
    expect(early.map(({ maximumSeconds }) => maximumSeconds)).toEqual([null]);
  });

  it('keeps the scale finite where the classes are perfectly separated', () => {
    const [entry] = fitCalibration({ scores: [0, 0.1, 0.8, 0.9], labels: [0, 0, 1, 1] });
    expect(Number.isFinite(entry?.scale)).toBe(true);
    expect(entry?.scale).toBeGreaterThan(10);
    expect(
      applyCalibration([entry ?? { maximumSeconds: null, scale: 1, offset: 0 }], 0.9, 1),
    ).toBeGreaterThan(3);
  });

  it.each([
    ['one class', [1, 2], [1, 1], {}, /2 target and 0 nontarget/],
    ['reversed scores', [1, 2, 3, 0], [0, 0, 0, 1], {}, /lower scores go with target/],
    ['equal scores', [1, 1], [0, 1], {}, /nothing to calibrate/],
    ['scores that are not finite', [1, Infinity], [0, 1], {}, /not finite/],
    ['a prior of 1', [1, 2], [0, 1], { prior: 1 }, /prior is 1/],
  ])('refuses %s', (_, scores, labels, options, message) => {
    expect(() => fitCalibration({ scores, labels }, options)).toThrow(message);
  });

  it('refuses edges that do not rise', () => {
    const trials = { scores: [0, 1], labels: [0, 1], seconds: [1, 1] };
    expect(() => fitCalibration(trials, { edges: [2, 2] })).toThrow(/edges are 2, 2/);
  });
});

describe('applyCalibration', () => {
  const calibration = [
    { maximumSeconds: 2, scale: 10, offset: -4 },
    { maximumSeconds: null, scale: 12, offset: -5 },
  ];

  it('takes the first range that a duration does not exceed', () => {
    expect(applyCalibration(calibration, 0.5, 0)).toBe(1);
    expect(applyCalibration(calibration, 0.5, 2)).toBe(1);
    expect(applyCalibration(calibration, 0.5, 2.01)).toBe(1);
    expect(applyCalibration(calibration, 1, 2.01)).toBe(7);
    expect(applyCalibration(calibration, 1, Number.POSITIVE_INFINITY)).toBe(7);
  });

  it('takes the last range beyond a list that ends early', () => {
    expect(applyCalibration(calibration.slice(0, 1), 1, 99)).toBe(6);
  });

  it('refuses what has no answer', () => {
    expect(() => applyCalibration([], 0.5, 1)).toThrow(/no calibration/);
    expect(() => applyCalibration(calibration, Number.NaN, 1)).toThrow(/score is NaN/);
    expect(() => applyCalibration(calibration, 0.5, -1)).toThrow(/duration is -1/);
    expect(() => applyCalibration(calibration, 0.5, Number.NaN)).toThrow(/duration is NaN/);
  });
});
