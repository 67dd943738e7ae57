import { describe, expect, it } from 'vitest';
import { minimumDetectionCost } from '../detection-cost.js';
import { rankTrials } from '../ranked-trials.js';
import { gaussianLlrs, listed } from '../test-scores.fixture.js';
import { scoreHistogram } from './histogram.js';
import { cheapestPoint, equalErrorPoint, errorsAt, firstAccepted } from './operating-points.js';
import { checkStatedThresholds, thresholdsOnList } from './threshold-checks.js';

const rank = ({ scores, labels }: ReturnType<typeof listed>) => rankTrials(scores, labels);

describe('operating points', () => {
  // Targets 0.3, 0.6, 0.7, 0.9; nontargets 0.1, 0.2, 0.4, 0.6.
  const trials = rank(listed([0.3, 0.6, 0.7, 0.9], [0.1, 0.2, 0.4, 0.6]));

  it.each([
    [0.05, 0, 4],
    [0.4, 1, 2],
    [0.6, 1, 1],
    [0.61, 2, 0],
    [1, 4, 0],
  ])('counts the errors at %d', (threshold, missed, accepted) => {
    expect(errorsAt(trials, threshold)).toEqual({ missed, accepted });
  });

  it('accepts a score that equals the threshold', () => {
    expect(firstAccepted(trials, 0.3)).toBe(2);
    expect(firstAccepted(trials, 0.9)).toBe(7);
    expect(firstAccepted(trials, 0.91)).toBe(8);
  });

  it('finds where errors are equal', () => {
    expect(equalErrorPoint(trials)).toEqual({
      threshold: 0.6,
      falseAcceptRate: 0.25,
      missRate: 0.25,
    });
    const reversed = rank(listed([0, 0.1], [0.8, 0.9]));
    expect(Number.isFinite(equalErrorPoint(reversed).threshold)).toBe(true);
  });

  it.each([0.01, 0.05, 0.5])('finds the cheapest point at a prior of %d', (targetPrior) => {
    const many = rankTrials(...pairOf(gaussianLlrs(300, 900, 2)));
    const point = cheapestPoint(many, { targetPrior });
    const trivial = Math.min(targetPrior, 1 - targetPrior);
    const cost = targetPrior * point.missRate + (1 - targetPrior) * point.falseAcceptRate;
    expect(cost / trivial).toBeCloseTo(minimumDetectionCost(many, { targetPrior }), 12);
    expect(point.cost).toBeCloseTo(cost / trivial, 12);
  });

  it('survives JSON where rejecting everything is cheapest', () => {
    const point = cheapestPoint(rank(listed([0, 0], [1, 1, 1])), { targetPrior: 0.01 });
    expect(JSON.parse(JSON.stringify(point))).toEqual(point);
  });
});

describe('thresholds of a report', () => {
  const { scores, labels } = gaussianLlrs(400, 1000, 3);
  const trials = rankTrials(scores, labels);
  const speakers = {
    enroll: Array.from(scores, (_, i) => i % 40),
    test: Array.from(scores, (_, i) => (labels[i] === 1 ? i % 40 : (i + 1) % 40)),
  };

  it('claims nothing that the rule of three does not support', () => {
    const byRate = new Map(thresholdsOnList(trials).map((row) => [row.falseAcceptRate, row]));
    expect(byRate.get(0.005)?.measured?.falseAccepts).toBeLessThanOrEqual(5);
    expect(byRate.get(0.002)).toMatchObject({ measured: null, needed: 1500 });
    expect(byRate.get(0.0001)).toMatchObject({ measured: null, needed: 30_000 });
  });

  it('says so when ties keep a rate out of reach', () => {
    const tied = rank(listed(new Array(100).fill(1), new Array(100).fill(1)));
    expect(thresholdsOnList(tied)[0]?.measured).toBeNull();
  });

  it('judges the thresholds of a model, with intervals around what was counted', () => {
    const stated = { falseRejectRate: 0.1, targets: 10, nontargets: 100 };
    const [usual, high] = checkStatedThresholds(trials, speakers, [
      { ...stated, falseAcceptRate: 0.05, score: 1 },
      { ...stated, falseAcceptRate: 0.01, score: 99 },
    ]);
    expect(usual).toMatchObject(errorsOf(1));
    const [low, top] = usual?.falseAcceptInterval ?? [1, 0];
    expect(low).toBeLessThan(usual?.falseAcceptRate ?? 0);
    expect(top).toBeGreaterThan(usual?.falseAcceptRate ?? 1);
    expect(high).toMatchObject({
      falseAccepts: 0,
      falseAcceptInterval: [0, 3 / 1000],
      missRate: 1,
    });
  });

  function errorsOf(threshold: number) {
    const { missed, accepted } = errorsAt(trials, threshold);
    return { missed, falseAccepts: accepted, missRate: missed / 400 };
  }
});

describe('scoreHistogram', () => {
  it('counts each trial once, the highest score in the last bin', () => {
    const histogram = scoreHistogram(rank(listed([0.5, 1], [0, 0.1, 0.5])), 4);
    expect(histogram).toEqual({
      from: 0,
      to: 1,
      targets: [0, 0, 1, 1],
      nontargets: [2, 0, 1, 0],
    });
  });

  it('takes scores that are all equal', () => {
    const { targets, nontargets } = scoreHistogram(rank(listed([2, 2], [2])), 3);
    expect([targets, nontargets]).toEqual([
      [2, 0, 0],
      [1, 0, 0],
    ]);
  });
});

function pairOf({ scores, labels }: ReturnType<typeof gaussianLlrs>) {
  return [scores, labels] as const;
}
