import { describe, expect, it } from 'vitest';
import { testNormal } from '../metrics/test-scores.fixture.js';
import { STRANGER_PRIOR } from './among.js';
import { type JudgedModel, judge } from './judge.js';
import type { Trial } from './trial.js';

/** Gaussian likelihood ratios: nontargets N(-8, 16), targets N(8, 16), which are calibrated. */
const VARIANCE = 16;
const CENTRE = VARIANCE / 2;
/** Standard normal quantiles of the rates' complements: the exact thresholds of these scores. */
const QUANTILES = [
  [0.05, 1.6449],
  [0.02, 2.0537],
  [0.01, 2.3263],
  [0.005, 2.5758],
] as const;

const model: JudgedModel = {
  name: 'gaussian',
  thresholds: QUANTILES.map(([falseAcceptRate, quantile]) => ({
    falseAcceptRate,
    score: -CENTRE + Math.sqrt(VARIANCE) * quantile,
  })),
  calibration: [{ maximumSeconds: null, scale: 1, offset: 0 }],
};

const normal = testNormal(11);
const score = (target: boolean) => (target ? CENTRE : -CENTRE) + Math.sqrt(VARIANCE) * normal();
const judging = (falseAcceptRate: number) => judge(model, { falseAcceptRate });
const trials = (rate: number, scores: readonly number[]): readonly Trial[] =>
  scores.map((value) => judging(rate).known({ cosine: 0, score: value, seconds: 3 }));

/** Shares of draws in which somebody was named, and in which it was the one who spoke. */
function shares(rate: number, people: number, present: boolean, draws = 4000) {
  let [named, right] = [0, 0];
  const deciding = judging(rate);
  for (let draw = 0; draw < draws; draw++) {
    const scores = Array.from({ length: people }, (_, i) => score(present && i === 0));
    const { speaker } = deciding.among(
      scores.map((value) => deciding.known({ cosine: 0, score: value, seconds: 3 })),
    );
    if (speaker !== undefined) named++;
    if (speaker === 0) right++;
  }
  return { named: named / draws, right: right / draws };
}

describe('a decision among several people', () => {
  it.each([
    [0.05, 2],
    [0.05, 10],
    [0.01, 10],
    [0.005, 40],
  ])('holds a rate of %d for all of %d people together', (rate, people) => {
    // Three standard errors of so many draws.
    const margin = 3 * Math.sqrt((rate * (1 - rate)) / 4000);
    expect(shares(rate, people, false).named).toBeLessThanOrEqual(rate + margin);
  });

  it('does not hold it where each comparison is decided by itself', () => {
    const { threshold } = judging(0.05);
    const accepted = Array.from({ length: 2000 }, () =>
      Array.from({ length: 10 }, () => score(false)).some((value) => value >= threshold),
    ).filter(Boolean).length;
    expect(accepted / 2000).toBeGreaterThan(0.3);
  });

  it('still names most of those who speak', () => {
    const { named, right } = shares(0.05, 10, true);
    // The prior asks for log(90) of one in ten: a standard normal is below (8 - 4.5) / 4 to 81 %.
    expect(right).toBeGreaterThan(0.78);
    expect(named - right).toBeLessThan(0.01);
  });

  it('decides on one person as a verification does', () => {
    const { threshold } = judging(0.05);
    const decided = (value: number) => judging(0.05).among(trials(0.05, [value]));
    expect(decided(threshold).speaker).toBe(0);
    expect(decided(threshold).posterior?.[0]).toBeCloseTo(0.5, 12);
    expect(decided(threshold - 1e-9).speaker).toBeUndefined();
  });

  it('gives probabilities that add up to 1, and names one of two who are alike', () => {
    const { posterior, nobody, speaker, odds } = judging(0.05).among(trials(0.05, [30, 30, -3]));
    const sum = (posterior ?? []).reduce((total, value) => total + value, nobody ?? 0);
    expect(sum).toBeCloseTo(1, 12);
    expect(posterior?.[0]).toBeCloseTo(0.5, 6);
    expect(odds[0]).toBeGreaterThan(20);
    expect(speaker).toBe(0);
    expect(judging(0.05).among(trials(0.05, [30, 28, 0])).speaker).toBe(0);
  });

  it('weighs a stranger by the prior, where the rate asks for no more', () => {
    // For two people at 5 % each needs the threshold of 2.5 %, well below the prior's log(9 * 2).
    const need = Math.log((STRANGER_PRIOR / (1 - STRANGER_PRIOR)) * 2);
    expect(judging(0.05).among(trials(0.05, [need + 0.01, -50])).speaker).toBe(0);
    expect(judging(0.05).among(trials(0.05, [need - 0.01, -50])).speaker).toBeUndefined();
  });

  it('takes another prior', () => {
    const lax = judge(model, { falseAcceptRate: 0.05, strangerPrior: 0.1 });
    const need = Math.log((STRANGER_PRIOR / (1 - STRANGER_PRIOR)) * 2) - 0.01;
    const decide = (scores: readonly number[]) =>
      lax.among(scores.map((value) => lax.known({ cosine: 0, score: value, seconds: 3 })));
    expect(decide([need, -50]).speaker).toBe(0);
    expect(() => judge(model, { falseAcceptRate: 0.05, strangerPrior: 1 })).toThrow(
      /strangerPrior is 1/,
    );
  });

  it('is nobody among nobody', () => {
    expect(judging(0.05).among([])).toMatchObject({ speaker: undefined, nobody: 1, posterior: [] });
  });

  it('asks for a higher score of more people where the model is not calibrated', () => {
    const bare = judge({ ...model, calibration: [] }, { falseAcceptRate: 0.05 });
    const decide = (scores: readonly number[]) =>
      bare.among(scores.map((value) => bare.known({ cosine: 0, score: value, seconds: 3 })));
    expect(decide([bare.threshold])).toMatchObject({ speaker: 0, posterior: undefined });
    expect(decide([bare.threshold, -9]).speaker).toBeUndefined();
    expect(decide([bare.threshold + 2, -9]).speaker).toBe(0);
  });

  it('raises a threshold of the caller by the number of people', () => {
    const own = judge(model, { falseAcceptRate: 0.05, threshold: 4 });
    const decide = (scores: readonly number[]) =>
      own.among(scores.map((value) => own.known({ cosine: 0, score: value, seconds: 3 }))).speaker;
    expect(decide([4])).toBe(0);
    expect(decide([4, ...new Array<number>(99).fill(-9)])).toBeUndefined();
    expect(decide([9, ...new Array<number>(99).fill(-9)])).toBe(0);
  });
});
