import { describe, expect, it } from 'vitest';
import { detCurve, probit } from './det-curve.js';
import { rankTrials } from './ranked-trials.js';
import { gaussianLlrs } from './test-scores.fixture.js';

describe('probit', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.158655253931457, -1],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
  ])('of %d is %d', (probability, quantile) => {
    expect(probit(probability)).toBeCloseTo(quantile, 7);
    expect(probit(1 - probability)).toBeCloseTo(-quantile, 5);
  });

  it('is infinite at the ends and nothing beyond', () => {
    expect(probit(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(probit(1)).toBe(Number.POSITIVE_INFINITY);
    expect(probit(1.1)).toBeNaN();
  });
});

describe('detCurve', () => {
  const { scores, labels } = gaussianLlrs(20_000, 80_000, 2);
  const points = detCurve(rankTrials(scores, labels));

  it('is a straight line of slope -1 on probit axes for Gaussian scores', () => {
    // missProbit + falseAcceptProbit = -2 sqrt(m / 2) everywhere.
    const middle = points.filter((p) => p.missRate > 0.01 && p.falseAcceptRate > 0.01);
    expect(middle.length).toBeGreaterThan(50);
    for (const p of middle) expect(p.missProbit + p.falseAcceptProbit).toBeCloseTo(-2, 0.9);
  });

  it('goes from accepting all to accepting none, in few points', () => {
    expect(points.length).toBeLessThan(600);
    expect(points[0]).toMatchObject({ missRate: 0, falseAcceptRate: 1 });
    expect(points.at(-1)).toMatchObject({ missRate: 1, falseAcceptRate: 0 });
    points.slice(1).forEach((p, i) => {
      expect(p.missRate).toBeGreaterThanOrEqual(points[i]?.missRate ?? 0);
    });
  });
});
